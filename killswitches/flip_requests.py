"""Requests to turn on a switch that needs a second person."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from .columns import NAME_LENGTH, REASON_LENGTH, conditions_column
from .conditions.conditions import Conditions, stored_conditions
from .conditions.wording import in_words
from .registry import Switch, registry

#: How long a request waits for a second person.
PATIENCE = timedelta(minutes=15)


class FlipRequestQuerySet(models.QuerySet["FlipRequest"]):
    """A queryset that compares times with the database's clock."""

    def waiting(self) -> "FlipRequestQuerySet":
        """Filter to the requests that can be confirmed."""
        return self.filter(outcome=FlipRequest.Outcome.WAITING, expires_at__gt=Now())

    def expired(self) -> "FlipRequestQuerySet":
        """Filter to the requests that nobody has decided in time, as long as that is unrecorded."""
        return self.filter(outcome=FlipRequest.Outcome.WAITING, expires_at__lte=Now())


class FlipRequest(models.Model):
    """A request to turn a switch on, or to change for whom it is on or until when.

    Rows are kept as a history. Only ``killswitches.approvals.services`` may write to them.
    """

    class Outcome(models.TextChoices):
        WAITING = "", _("Waiting")
        CONFIRMED = "confirmed", _("Confirmed")
        DECLINED = "declined", _("Declined")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        EXPIRED = "expired", _("Expired")
        #: The switch was flipped in another way.
        OVERTAKEN = "overtaken", _("Overtaken")

    number = models.PositiveSmallIntegerField(_("number"))
    #: A fixed end of the switch.
    until = models.DateTimeField(_("turns off"), null=True)
    #: An end relative to the confirmation. Of the two, one at most is set.
    lasts = models.DurationField(_("on for"), null=True)
    stored_conditions = conditions_column()
    reason = models.CharField(_("reason"), max_length=REASON_LENGTH, blank=True)
    #: The ``SwitchState.version`` that the requester saw.
    version = models.CharField(max_length=64, blank=True)
    requested_at = models.DateTimeField(_("requested"))
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("requested by"),
    )
    requested_by_name = models.CharField(_("requested by"), max_length=NAME_LENGTH, blank=True)
    expires_at = models.DateTimeField(_("expires"))
    outcome = models.CharField(
        _("outcome"), max_length=16, choices=Outcome.choices, default=Outcome.WAITING, blank=True
    )
    decided_at = models.DateTimeField(_("decided"), null=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("decided by"),
    )
    decided_by_name = models.CharField(_("decided by"), max_length=NAME_LENGTH, blank=True)
    decision_reason = models.CharField(_("reason"), max_length=REASON_LENGTH, blank=True)

    objects = FlipRequestQuerySet.as_manager()

    class Meta:
        app_label = "killswitches"
        # They are seen and decided with the permissions for kill switches.
        default_permissions = ()
        verbose_name = _("kill switch request")
        verbose_name_plural = _("kill switch requests")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["number", "-id"], name="fliprequest_newest"),
            # For the banner on each page.
            models.Index(fields=["id"], condition=models.Q(outcome=""), name="fliprequest_waiting"),
        ]

    def __str__(self) -> str:
        return f"{self.switch.name} ({self.get_outcome_display()})"

    @property
    def switch(self) -> Switch:
        """The requested switch.

        :raises UnknownSwitch: it is no longer registered.
        """
        return registry.by_number(self.number)

    @property
    def conditions(self) -> Conditions:
        """For whom the switch is requested."""
        return stored_conditions(self.stored_conditions)

    @property
    def only_for(self) -> list[str]:
        """The conditions in words; empty if it is requested for everybody."""
        return in_words(self.conditions)

    @property
    def is_waiting(self) -> bool:
        """Whether nobody has decided it. It may have expired since it was read."""
        return self.outcome == self.Outcome.WAITING

    @property
    def minutes(self) -> int | None:
        """After how many minutes it turns off, if the end is relative to the confirmation."""
        return self.lasts // timedelta(minutes=1) if self.lasts else None

    def end_from(self, moment: datetime) -> datetime | None:
        """Return when the switch turns off if it is turned on at a time; None for no end."""
        return self.until if self.lasts is None else moment + self.lasts
