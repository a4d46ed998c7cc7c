"""Sessions that have ended."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

# First, so that the deletion of an account deletes its sessions before these: one that somebody
# ends meanwhile would otherwise be kept.
from sessions_api.models import sessions  # noqa: F401
from sessions_api.models.accounts import DeletableAccount, deletable_account
from sessions_api.models.end_causes import label_of
from sessions_api.models.kinds import SessionKind
from sessions_api.models.session_columns import SessionColumns


class PastSession(SessionColumns):
    """A session that has ended, so that staff and its owner can tell how.

    Authentication never reads this table, and nothing in it identifies a token. A row is deleted
    after ``ENDED_SESSION_RETENTION``, or along with the account. The ids are in the order in which
    sessions ended.
    """

    session_pk = models.BigIntegerField(editable=False, help_text=_("The key of its own row."))
    # Without a constraint, which would double the time that it takes to end ten thousand sessions.
    user = DeletableAccount(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        db_constraint=False,
        db_index=False,
        related_name="+",
        editable=False,
        verbose_name=_("user"),
    )
    has_token = models.BooleanField(_("has a token"), default=True, editable=False)
    ended_at = models.DateTimeField(_("ended"), editable=False)
    cause = models.CharField(_("how"), max_length=32, editable=False)
    reason = models.TextField(_("reason"), blank=True, editable=False)
    # The row may outlive the account of the actor, so it stores the name as well.
    actor = deletable_account(_("ended by"))
    actor_name = models.CharField(_("ended by"), max_length=255, blank=True, editable=False)

    class Meta:
        verbose_name = _("ended session")
        verbose_name_plural = _("ended sessions")
        # Who may view sessions may view those that have ended.
        default_permissions = ()
        ordering = ["-pk"]
        # Few, because ending a session writes an entry of each. None is unique, so that whatever
        # happens to the keys of sessions, nothing prevents one from ending.
        indexes = [
            models.Index(fields=["session_pk"], name="sessions_api_past_session"),
            models.Index(fields=["user", "id"], name="sessions_api_past_user"),
            models.Index(fields=["sid"], name="sessions_api_past_sid"),
        ]

    @property
    def kind(self) -> SessionKind:
        return SessionKind.of(has_token=self.has_token, is_scoped=self.is_scoped)

    @property
    def cause_label(self) -> str:
        """What has ended it, in words."""
        return label_of(self.cause)
