"""Models of notices: the outbox, and the known origins of logins."""

import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from killswitches.times import plain_time
from sessions_api.services.notices import KINDS

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

#: The maximum length of an email address to which notices are sent.
ADDRESS_LENGTH = 320
#: The kind of the mail with a link for a new password, for an account that its owner has secured.
NEW_PASSWORD_LINK = "new_password_link"  # noqa: S105


def kinds() -> Sequence[tuple[str, "StrOrPromise"]]:
    """Return the choices of ``kind``. A callable, so that a new kind needs no migration."""
    return [*KINDS.labelled, (NEW_PASSWORD_LINK, _("link for a new password"))]


class NoticeState(models.TextChoices):
    """The state of a mail: to be sent, sent, or not."""

    WAITING = "waiting", _("waiting")
    SENT = "sent", _("sent")
    FAILED = "failed", _("failed")
    HELD_BACK = "held_back", _("held back")

    @property
    def condition(self) -> Q:
        """The condition for notices in this state."""
        if self is self.WAITING:
            return Q(due_at__isnull=False)
        if self is self.SENT:
            return Q(sent_at__isnull=False)
        return Q(due_at=None, sent_at=None, is_held_back=self is self.HELD_BACK)


class Notice(models.Model):
    """A mail to the owner of an account: to be sent, sent, or given up."""

    #: Random, because the link in the mail names it.
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="+",
        verbose_name=_("user"),
        # The first index below begins with this column.
        db_index=False,
    )
    kind = models.CharField(_("kind"), max_length=32, choices=kinds)
    address = models.CharField(
        _("email address"),
        max_length=ADDRESS_LENGTH,
        help_text=_("The one that the account had when the notice was written."),
    )
    detail = models.JSONField(_("details"), default=dict)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    # While a process sends the notice, this is when another one may try.
    due_at = models.DateTimeField(_("next attempt"), null=True, blank=True)
    give_up_at = models.DateTimeField(_("to be given up"))
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    attempted_at = models.DateTimeField(_("last attempt"), null=True, blank=True)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    is_held_back = models.BooleanField(
        _("held back"),
        default=False,
        help_text=_("Not sent, because there were too many of its kind for this user."),
    )
    error = models.CharField(
        _("last error"),
        max_length=128,
        blank=True,
        help_text=_("The name of the error, without its text, which could hold addresses."),
    )
    link_closed_at = models.DateTimeField(
        _("link closed"),
        null=True,
        blank=True,
        help_text=_("When the link was used, or the account was secured otherwise."),
    )
    disowned_at = models.DateTimeField(
        _("disowned"), null=True, blank=True, help_text=_("When somebody used the link.")
    )

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["user", "kind", "created_at"], name="notices_notice_user"),
            models.Index(fields=["created_at", "id"], name="notices_notice_created"),
            models.Index(
                fields=["due_at"], name="notices_notice_due", condition=Q(due_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({plain_time(self.created_at)})"

    @property
    def state(self) -> NoticeState:
        """The state of the mail."""
        if self.due_at is not None:
            return NoticeState.WAITING
        if self.sent_at is not None:
            return NoticeState.SENT
        return NoticeState.HELD_BACK if self.is_held_back else NoticeState.FAILED


class KnownOrigin(models.Model):
    """A device or a place from which a user has logged in, as a digest.

    The row with the empty digest only says that the user has logged in before.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="+",
        # The unique constraint below begins with this column.
        db_index=False,
    )
    digest = models.CharField(max_length=32, blank=True)
    # NULL in the row with the empty digest, which is never pruned.
    seen_at = models.DateTimeField(null=True, db_index=True)

    class Meta:
        verbose_name = _("known origin")
        verbose_name_plural = _("known origins")
        constraints = [
            models.UniqueConstraint(fields=["user", "digest"], name="notices_unique_known_origin")
        ]

    def __str__(self) -> str:
        return self.digest
