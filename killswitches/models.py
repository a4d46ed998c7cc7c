"""The state of the switches, and the history of their flips.

Only ``killswitches.services`` may write to them: other changes would not be recorded.
"""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from .columns import NAME_LENGTH as NAME_LENGTH
from .columns import REASON_LENGTH as REASON_LENGTH
from .columns import conditions_column
from .conditions.conditions import Conditions, stored_conditions
from .conditions.wording import in_words
from .flip_requests import FlipRequest as FlipRequest
from .registry import MAX_NUMBER, Switch, UnknownSwitch, registry


def switch_of(number: int) -> Switch | None:
    """Return the registered switch of a stored number, or None if it is no longer declared."""
    try:
        return registry.by_number(number)
    except UnknownSwitch:
        return None


class KillSwitchQuerySet(models.QuerySet["KillSwitch"]):
    """A queryset that compares times with the database's clock.

    Its precision is a microsecond on PostgreSQL and a millisecond on SQLite.
    """

    def on(self) -> "KillSwitchQuerySet":
        """Filter to the switches that are on and have not lapsed."""
        return self.filter(models.Q(until=None) | models.Q(until__gt=Now()), enabled=True)

    def timed(self) -> "KillSwitchQuerySet":
        """Annotate rows with the time of the query as ``now``, which ``has_lapsed`` needs."""
        # The model declares the attribute too, for type checkers.
        return self.annotate(now=Now())  # type: ignore[no-redef]


class KillSwitch(models.Model):
    """The state of a switch, and its last flip. A switch without a row is off.

    Its conditions remain when it is turned off. A lapsed switch is off, even though ``enabled``
    remains True until a service records the lapse.
    """

    #: The database's time; set only by ``objects.timed()``.
    now: datetime

    number = models.PositiveSmallIntegerField(_("number"), primary_key=True)
    enabled = models.BooleanField(_("on"), default=False)
    until = models.DateTimeField(
        _("turns off"),
        null=True,
        help_text=_("When it turns off by itself. Empty: somebody turns it off."),
    )
    stored_conditions = conditions_column()
    changed_at = models.DateTimeField(_("since"), null=True)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("by"),
    )
    changed_by_name = models.CharField(_("by"), max_length=NAME_LENGTH, blank=True)
    reason = models.CharField(_("reason"), max_length=REASON_LENGTH, blank=True)

    objects = KillSwitchQuerySet.as_manager()

    class Meta:
        verbose_name = _("kill switch")
        verbose_name_plural = _("kill switches")
        constraints = [
            models.CheckConstraint(
                name="killswitch_number_is_a_bit", condition=models.Q(number__lte=MAX_NUMBER)
            )
        ]

    def __str__(self) -> str:
        if self.switch:
            return self.switch.name
        return gettext("unregistered switch %(number)s") % {"number": self.number}

    @property
    def switch(self) -> Switch | None:
        """The registered switch, or None if it is no longer declared."""
        return switch_of(self.number)

    @property
    def conditions(self) -> Conditions:
        """The conditions under which it applies when it is on."""
        return stored_conditions(self.stored_conditions)

    @property
    def has_lapsed(self) -> bool:
        """Whether the end has passed and the lapse has not been recorded yet."""
        return self.enabled and self.until is not None and self.until <= self.now


class SwitchFlip(models.Model):
    """A change of a switch's state, of its end or of its conditions. Rows are never changed.

    The exception is ``actor``, which becomes NULL if the user is deleted; ``actor_name`` remains.
    """

    number = models.PositiveSmallIntegerField(_("number"))
    enabled = models.BooleanField(_("turned on"))
    until = models.DateTimeField(_("turns off"), null=True)
    stored_conditions = conditions_column()
    at = models.DateTimeField(_("time"))
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("by"),
    )
    actor_name = models.CharField(_("by"), max_length=NAME_LENGTH, blank=True)
    reason = models.CharField(_("reason"), max_length=REASON_LENGTH, blank=True)
    # The defaults of these are also the database's, for rows of a version that knows no requests.
    requested_by_name = models.CharField(
        _("requested by"), max_length=NAME_LENGTH, blank=True, default="", db_default=""
    )
    alone_because = models.CharField(
        _("why alone"), max_length=REASON_LENGTH, blank=True, default="", db_default=""
    )

    class Meta:
        verbose_name = _("kill switch change")
        verbose_name_plural = _("kill switch history")
        ordering = ["-id"]
        # For the newest flips of a switch.
        indexes = [models.Index(fields=["number", "-id"], name="switchflip_newest")]

    def __str__(self) -> str:
        turned = (
            gettext("%(switch)s turned on") if self.enabled else gettext("%(switch)s turned off")
        )
        return turned % {"switch": self.switch_name}

    @property
    def conditions(self) -> Conditions:
        """The conditions that the switch had afterwards."""
        return stored_conditions(self.stored_conditions)

    @property
    def only_for(self) -> list[str]:
        """The conditions under which it was turned on, in words; empty if it was turned off."""
        return in_words(self.conditions) if self.enabled else []

    @property
    def switch_name(self) -> str:
        """The switch's name, or a text with its number if it is no longer declared."""
        return str(KillSwitch(number=self.number))


class SwitchDrill(models.Model):
    """A drill of a switch. The newest of each switch also keeps what was found.

    ``actor`` becomes NULL if the user is deleted; ``actor_name`` remains.
    """

    number = models.PositiveSmallIntegerField(_("number"))
    at = models.DateTimeField(_("time"))
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("by"),
    )
    actor_name = models.CharField(_("by"), max_length=NAME_LENGTH, blank=True)
    was_on = models.BooleanField(_("on at that time"))
    endpoints = models.PositiveIntegerField(_("endpoints"))
    faults = models.PositiveIntegerField(_("faults"))
    stored_trials = models.JSONField(_("endpoints"), default=list)

    class Meta:
        verbose_name = _("kill switch drill")
        verbose_name_plural = _("kill switch drills")
        ordering = ["-id"]
        # Shown on the pages of switches, to those who may view switches.
        default_permissions = ()
        indexes = [models.Index(fields=["number", "-id"], name="switchdrill_newest")]

    def __str__(self) -> str:
        return gettext("Drill of %(switch)s") % {"switch": KillSwitch(number=self.number)}
