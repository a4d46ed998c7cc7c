"""Bulk sign-outs, which end many sessions in batches."""

import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from sessions_api.models.accounts import deletable_account


class BulkSignOut(models.Model):
    """The state of a bulk sign-out, from its confirmation until the last session has ended.

    It runs in batches, from the newest session to the oldest, while somebody has its page open. If
    it is interrupted, it resumes where it stopped.
    """

    confirmation = models.UUIDField(
        default=uuid.uuid4,
        unique=True,
        editable=False,
        help_text=_("Of the page that asked. Submitted twice, it starts one bulk sign-out."),
    )
    # The row outlives the account, so it stores the name as well.
    actor = deletable_account(_("by"))
    actor_name = models.CharField(_("by"), max_length=255, editable=False)
    reason = models.CharField(_("reason"), max_length=500, editable=False)
    what = models.CharField(_("sessions"), max_length=500, editable=False)
    criteria = models.JSONField(
        default=dict,
        editable=False,
        help_text=_("Which sessions it ends, as the admin asks for them."),
    )
    spares_superusers = models.BooleanField(default=True, editable=False)
    confirmed_at = models.DateTimeField(_("started"), default=timezone.now, editable=False)
    finished_at = models.DateTimeField(_("finished"), null=True, editable=False)
    cancelled = models.BooleanField(_("stopped"), default=False, editable=False)
    newest_pk = models.BigIntegerField(
        editable=False,
        help_text=_("The newest row at the start. Sessions that began later are spared."),
    )
    next_pk = models.BigIntegerField(
        editable=False, help_text=_("The newest row still to be checked.")
    )
    oldest_pk = models.BigIntegerField(
        default=0,
        db_default=0,
        editable=False,
        help_text=_("The oldest row at the start. 0 if it is not known."),
    )
    expected = models.BigIntegerField(
        _("sessions at the start"),
        null=True,
        editable=False,
        help_text=_("Empty if there were too many to count."),
    )
    ended = models.BigIntegerField(_("ended so far"), default=0, editable=False)

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("bulk sign-out")
        verbose_name_plural = _("bulk sign-outs")

    def __str__(self) -> str:
        return self.what

    @property
    def is_open(self) -> bool:
        """Whether it has neither finished nor been cancelled."""
        return self.finished_at is None

    @property
    def passed(self) -> float:
        """How much of the rows it has processed, in percent: 0.0 to 100.0."""
        if not self.is_open and not self.cancelled:
            return 100.0
        # Keys do not begin at 1 where older rows have been pruned.
        rows = max(self.newest_pk - max(self.oldest_pk, 1) + 1, 1)
        return min(100.0, 100 * (self.newest_pk - self.next_pk) / rows)

    @property
    def percent(self) -> int:
        """The same as :attr:`passed`, rounded down."""
        return int(self.passed)
