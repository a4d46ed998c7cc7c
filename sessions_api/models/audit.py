"""The audit log of operations on sessions and accounts."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from killswitches.times import plain_time
from sessions_api.choices import OpenChoices
from sessions_api.models.accounts import deletable_account

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


def kinds() -> Sequence[tuple[str, "StrOrPromise"]]:
    """Return the choices of ``kind``. A callable, so that a new kind needs no migration."""
    return KINDS.labelled


class AuditEventQuerySet(models.QuerySet["AuditEvent"]):
    """A queryset that refuses to change or delete events.

    :raises TypeError: from ``update()``, ``bulk_update()`` and ``delete()``.
    """

    def update(self, **kwargs: object) -> int:
        raise TypeError("Audit events are append-only.")

    def bulk_update(self, *args: object, **kwargs: object) -> int:
        raise TypeError("Audit events are append-only.")

    def delete(self) -> tuple[int, dict[str, int]]:
        raise TypeError("Audit events are append-only.")


class AuditEvent(models.Model):
    """An entry of the audit log: who did what to whom, when and from where.

    Entries are append-only: saving an existing one, or deleting it, raises ``TypeError``.
    """

    class Kind(models.TextChoices):
        LOGIN = "login", _("Logged in")
        LOGIN_FAILED = "login_failed", _("Login failed")
        REVERIFICATION_FAILED = "reverification_failed", _("Reverification failed")
        SCOPED_SESSION = "scoped_session", _("Scoped session created")
        CHALLENGE_PASSED = "challenge_passed", _("Second factor challenge passed")
        CHALLENGE_FAILED = "challenge_failed", _("Second factor challenge failed")
        FACTOR_ENROLLED = "factor_enrolled", _("Second factor enrolled")
        FACTORS_REMOVED = "factors_removed", _("Second factors removed")
        BACKUP_CODES = "backup_codes", _("Backup codes replaced")
        SESSIONS_ENDED = "sessions_ended", _("Sessions ended")
        BULK_SIGN_OUT_BEGUN = "bulk_sign_out_begun", _("Bulk sign-out started")
        BULK_SIGN_OUT_CANCELLED = "bulk_sign_out_cancelled", _("Bulk sign-out stopped")
        LOGIN_LIMITS_RESET = "login_limits_reset", _("Login limits reset")
        BANNED = "banned", _("Banned")
        UNBANNED = "unbanned", _("Unbanned")
        NEW_LOCATION = "new_location", _("Logged in from a new location")
        ACCOUNT_SECURED = "account_secured", _("Hijacked account secured")
        ACCOUNT_CREATED = "account_created", _("Account created")
        ACCOUNT_CHANGED = "account_changed", _("Account changed")
        ACCOUNT_DELETED = "account_deleted", _("Account deleted")
        PASSWORD_CHANGED = "password_changed", _("Password changed")
        PRIVILEGES_CHANGED = "privileges_changed", _("Privileges changed")
        GROUP_CREATED = "group_created", _("Group created")
        GROUP_CHANGED = "group_changed", _("Group changed")
        GROUP_DELETED = "group_deleted", _("Group deleted")
        SWITCH_ON = "switch_on", _("Kill switch turned on")
        SWITCH_OFF = "switch_off", _("Kill switch turned off")
        SWITCH_DRILLED = "switch_drilled", _("Kill switch drilled")
        SWITCH_ON_ALONE = "switch_on_alone", _("Kill switch turned on without a second person")
        SWITCH_REQUESTED = "switch_requested", _("Kill switch requested")
        SWITCH_REQUEST_CONFIRMED = "switch_request_confirmed", _("Kill switch request confirmed")
        SWITCH_REQUEST_DECLINED = "switch_request_declined", _("Kill switch request declined")
        SWITCH_REQUEST_WITHDRAWN = "switch_request_withdrawn", _("Kill switch request withdrawn")
        SWITCH_REQUEST_EXPIRED = "switch_request_expired", _("Kill switch request expired")
        AUDIT_EXPORTED = "audit_exported", _("Audit log exported")

    at = models.DateTimeField(_("time"), default=timezone.now, editable=False)
    kind = models.CharField(_("event"), max_length=32, choices=kinds, editable=False)
    # Events outlive the accounts that they refer to, so they store the names as well.
    actor = deletable_account(_("by"))
    actor_name = models.CharField(_("by"), max_length=255, blank=True, editable=False)
    subject = deletable_account(_("user"))
    subject_name = models.CharField(_("user"), max_length=255, blank=True, editable=False)
    address = models.GenericIPAddressField(
        _("IP address"), null=True, blank=True, unpack_ipv4=True, editable=False
    )
    user_agent = models.CharField(_("user agent"), max_length=512, blank=True, editable=False)
    #: Only of what a request did. The database's default serves the version before, which does not
    #: know the column.
    request_id = models.CharField(
        _("request ID"), max_length=64, blank=True, default="", db_default="", editable=False
    )
    detail = models.JSONField(_("details"), default=dict, editable=False)

    objects = AuditEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("audit event")
        verbose_name_plural = _("audit log")
        ordering = ["-at", "-pk"]
        # One for each filter of the list, in the list's own order, so that the database reads no
        # more rows than a page has.
        indexes = [
            models.Index(fields=["at", "id"], name="sessions_api_event_at"),
            models.Index(fields=["kind", "at", "id"], name="sessions_api_event_kind"),
            models.Index(fields=["actor", "at", "id"], name="sessions_api_event_actor"),
            models.Index(fields=["subject", "at", "id"], name="sessions_api_event_subject"),
            models.Index(fields=["address", "at", "id"], name="sessions_api_event_address"),
            models.Index(fields=["request_id", "at", "id"], name="sessions_api_event_request"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({plain_time(self.at)})"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("Audit events are append-only.")
        super().save(*args, **kwargs)

    def delete(self, *args: object, **kwargs: object) -> tuple[int, dict[str, int]]:
        raise TypeError("Audit events are append-only.")


#: The kinds of all apps.
KINDS = OpenChoices(AuditEvent.Kind)
