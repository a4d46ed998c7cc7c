"""The state of the switches, and the history of their flips.

Both are written by ``killswitches.services`` alone: a change made past it has no history.
"""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from .registry import MAX_NUMBER, Switch, UnknownSwitch, registry

NAME_LENGTH = 255
REASON_LENGTH = 500


def switch_of(number: int) -> Switch | None:
    """The registered switch of a stored number; None if the code no longer declares it."""
    try:
        return registry.by_number(number)
    except UnknownSwitch:
        return None


class KillSwitchQuerySet(models.QuerySet["KillSwitch"]):
    """Time is told by the database's clock: to the microsecond on PostgreSQL, the millisecond on
    SQLite."""

    def on(self) -> "KillSwitchQuerySet":
        """Those that are on and have not lapsed."""
        return self.filter(models.Q(until=None) | models.Q(until__gt=Now()), enabled=True)

    def timed(self) -> "KillSwitchQuerySet":
        """With the time of the query as ``now``, which ``has_lapsed`` needs."""
        # Declared on the model as well, for whoever gets a row.
        return self.annotate(now=Now())  # type: ignore[no-redef]


class KillSwitch(models.Model):
    """Whether a switch is on, and the last flip. A switch without a row is off.

    One that has lapsed is off, though its row says otherwise until a service settles it.
    """

    #: The database's time, on rows of ``objects.timed()``.
    now: datetime

    number = models.PositiveSmallIntegerField(_("number"), primary_key=True)
    enabled = models.BooleanField(_("on"), default=False)
    until = models.DateTimeField(
        _("turns off"),
        null=True,
        help_text=_("When it turns off by itself. Empty: somebody turns it off."),
    )
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
        """The registered switch; None if the code no longer declares it."""
        return switch_of(self.number)

    @property
    def has_lapsed(self) -> bool:
        """Whether the time to go off has come, and is not recorded yet."""
        return self.enabled and self.until is not None and self.until <= self.now


class SwitchFlip(models.Model):
    """One change of a switch's state, or of the end of its being on. Rows are never changed.

    Only ``actor`` is emptied when that user is deleted; ``actor_name`` keeps who it was.
    """

    number = models.PositiveSmallIntegerField(_("number"))
    enabled = models.BooleanField(_("turned on"))
    until = models.DateTimeField(_("turns off"), null=True)
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

    class Meta:
        verbose_name = _("kill switch change")
        verbose_name_plural = _("kill switch history")
        ordering = ["-id"]
        # Serves the newest flips of one switch.
        indexes = [models.Index(fields=["number", "-id"], name="switchflip_newest")]

    def __str__(self) -> str:
        turned = (
            gettext("%(switch)s turned on") if self.enabled else gettext("%(switch)s turned off")
        )
        return turned % {"switch": self.switch_name}

    @property
    def switch_name(self) -> str:
        """The switch's name; its number in words if the code no longer declares it."""
        return str(KillSwitch(number=self.number))
