"""What runs for an incident in the background: sign-outs, and mails to owners."""

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from sessions_api.incidents.models.incidents import Incident
from sessions_api.models import BulkSignOut
from sessions_api.models.accounts import DeletedAccount, deletable_account
from sessions_api.services.session_search import SessionSearch

if TYPE_CHECKING:
    # Cannot be imported before the app registry is ready.
    from django.contrib.auth.base_user import AbstractBaseUser

REASON_LENGTH = 500
TEXT_LENGTH = 4000


class Job(models.Model):
    """A piece of work that any server process goes on with, until it is finished."""

    requested_at = models.DateTimeField(_("requested"), default=timezone.now)
    requested_by = deletable_account(_("requested by"))
    requested_by_name = models.CharField(_("requested by"), max_length=255)
    #: When a process may go on with it. While one does, this is when another one may.
    due_at = models.DateTimeField(_("next attempt"), null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)
    error = models.CharField(
        _("last error"),
        max_length=128,
        blank=True,
        help_text=_("Why it does not go on: the name of the error."),
    )

    class Meta:
        abstract = True

    @property
    def is_finished(self) -> bool:
        """Whether there is nothing left to do."""
        return self.finished_at is not None

    @property
    def runs_for(self) -> "tuple[AbstractBaseUser | DeletedAccount | None, str]":
        """With whose authority it runs: the account, and its name.

        The account is None for a command.
        """
        return self.requested_by, self.requested_by_name

    @property
    def unchanged(self) -> Q:
        """The condition of its row, while it is unfinished and runs for the same account."""
        return Q(pk=self.pk, finished_at=None)


class SignOutState(models.TextChoices):
    """The state of a sign-out of an incident."""

    WAITING = "waiting", _("waiting for approval")
    DECLINED = "declined", _("declined")
    WITHDRAWN = "withdrawn", _("withdrawn")
    RUNNING = "running", _("running")
    INTERRUPTED = "interrupted", _("interrupted")
    STOPPED = "stopped", _("stopped")
    FINISHED = "finished", _("finished")


class SignOut(Job):
    """The end of the sessions that an incident is about, with what its preview had shown.

    It runs as a bulk sign-out, which begins at once, or when a second person approves.
    """

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="sign_outs")
    criteria = models.JSONField(_("sessions"), help_text=_("A search as data."))
    reason = models.CharField(_("reason"), max_length=REASON_LENGTH)
    preview = models.JSONField(_("preview"), default=dict)
    spares_superusers = models.BooleanField(default=True)
    needs_approval = models.BooleanField(_("needs a second person"), default=False)
    decided_at = models.DateTimeField(_("decided"), null=True)
    decided_by = deletable_account(_("decided by"))
    decided_by_name = models.CharField(_("decided by"), max_length=255, blank=True)
    alone_because = models.CharField(_("why alone"), max_length=REASON_LENGTH, blank=True)
    is_declined = models.BooleanField(_("declined"), default=False)
    declined_because = models.CharField(
        _("why declined"), max_length=REASON_LENGTH, blank=True, default="", db_default=""
    )
    #: The last time that somebody resumed it after an interruption.
    resumed_at = models.DateTimeField(_("resumed"), null=True)
    resumed_by = deletable_account(_("resumed by"))
    resumed_by_name = models.CharField(
        _("resumed by"), max_length=255, blank=True, default="", db_default=""
    )
    #: Pruned earlier than the incident, so its numbers are copied.
    bulk_sign_out = models.ForeignKey(
        BulkSignOut,
        null=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="+",
        verbose_name=_("bulk sign-out"),
    )
    ended = models.BigIntegerField(_("ended sessions"), default=0)
    was_stopped = models.BooleanField(_("stopped"), default=False)

    class Meta:
        verbose_name = _("sign-out of an incident")
        verbose_name_plural = _("sign-outs of incidents")
        ordering = ["pk"]
        default_permissions = ()
        indexes = [
            models.Index(
                fields=["due_at"], name="incidents_sign_out_due", condition=Q(due_at__isnull=False)
            )
        ]

    def __str__(self) -> str:
        try:
            return str(self.search)
        except ValueError:
            # Another version has stored it.
            return self.reason

    @property
    def runs_for(self) -> "tuple[AbstractBaseUser | DeletedAccount | None, str]":
        """The same; whoever has resumed it takes the place of who has requested it."""
        if self.resumed_at is None:
            return super().runs_for
        return self.resumed_by, self.resumed_by_name

    @property
    def unchanged(self) -> Q:
        """The same; whoever resumes it changes it."""
        return super().unchanged & Q(resumed_at=self.resumed_at)

    @property
    def is_withdrawn(self) -> bool:
        """Whether who had requested it has declined it."""
        if self.decided_by_id is None and self.requested_by_id is None:
            # By command, or their account is deleted.
            return self.is_declined and self.decided_by_name == self.requested_by_name
        return self.is_declined and self.decided_by_id == self.requested_by_id

    @property
    def has_begun(self) -> bool:
        """Whether it ends sessions, or has ended some, with or without a second person."""
        return self.bulk_sign_out_id is not None

    @property
    def search(self) -> SessionSearch:
        """The sessions that it ends.

        :raises ValueError: the stored search is of another version.
        """
        return SessionSearch.from_data(self.criteria)

    @property
    def state(self) -> SignOutState:
        """Its state."""
        if self.is_declined:
            return SignOutState.WITHDRAWN if self.is_withdrawn else SignOutState.DECLINED
        if self.needs_approval and self.decided_at is None and not self.is_finished:
            return SignOutState.WAITING
        if self.was_stopped:
            return SignOutState.STOPPED
        if self.is_finished:
            return SignOutState.FINISHED
        return SignOutState.RUNNING if self.due_at else SignOutState.INTERRUPTED


class MailState(models.TextChoices):
    """The state of a mail to owners."""

    RUNNING = "running", _("being sent")
    INTERRUPTED = "interrupted", _("interrupted")
    STOPPED = "stopped", _("stopped")
    FINISHED = "finished", _("finished")


class OwnersMail(Job):
    """One mail to each owner of sessions that an incident has ended, who has had none yet."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="mails")
    text = models.TextField(_("text"), max_length=TEXT_LENGTH)
    expected = models.BigIntegerField(_("owners at the start"), default=0)
    told = models.BigIntegerField(_("owners told so far"), default=0)
    skipped = models.BigIntegerField(
        _("owners who cannot be told"),
        default=0,
        help_text=_("Without an email address, or deleted."),
    )
    was_stopped = models.BooleanField(_("stopped"), default=False, db_default=False)

    class Meta:
        verbose_name = _("mail to owners")
        verbose_name_plural = _("mails to owners")
        ordering = ["pk"]
        default_permissions = ()
        indexes = [
            models.Index(
                fields=["due_at"], name="incidents_mail_due", condition=Q(due_at__isnull=False)
            )
        ]

    def __str__(self) -> str:
        return self.text

    @property
    def state(self) -> MailState:
        """Its state."""
        if self.was_stopped:
            return MailState.STOPPED
        if self.is_finished:
            return MailState.FINISHED
        return MailState.RUNNING if self.due_at else MailState.INTERRUPTED
