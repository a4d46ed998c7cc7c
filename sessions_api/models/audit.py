"""The trail of what was done to sessions and to accounts."""

from typing import Any

from django.db import models
from django.utils import timezone

from sessions_api.models.accounts import account_that_may_go


def kinds() -> list[tuple[str, str]]:
    """The choices of a kind. A function, so that a further kind takes no migration."""
    return AuditEvent.Kind.choices


class AuditEventQuerySet(models.QuerySet["AuditEvent"]):
    """Append-only: what has happened cannot be changed."""

    def update(self, **kwargs: object) -> int:
        raise TypeError("Audit events are append-only.")

    def bulk_update(self, *args: object, **kwargs: object) -> int:
        raise TypeError("Audit events are append-only.")

    def delete(self) -> tuple[int, dict[str, int]]:
        raise TypeError("Audit events are append-only.")


class AuditEvent(models.Model):
    """One deed: when, what, who did it, to whom, from where."""

    class Kind(models.TextChoices):
        LOGIN = "login", "Logged in"
        LOGIN_FAILED = "login_failed", "Login failed"
        REVERIFICATION_FAILED = "reverification_failed", "Reverification failed"
        SCOPED_SESSION = "scoped_session", "Scoped session created"
        CHALLENGE_PASSED = "challenge_passed", "Second factor challenge passed"
        CHALLENGE_FAILED = "challenge_failed", "Second factor challenge failed"
        FACTOR_ENROLLED = "factor_enrolled", "Second factor enrolled"
        FACTORS_REMOVED = "factors_removed", "Second factors removed"
        BACKUP_CODES = "backup_codes", "New backup codes"
        SESSIONS_ENDED = "sessions_ended", "Sessions ended"
        BULK_SIGN_OUT_BEGUN = "bulk_sign_out_begun", "Long ending of sessions begun"
        BULK_SIGN_OUT_CANCELLED = "bulk_sign_out_cancelled", "Long ending of sessions cancelled"
        BANNED = "banned", "Banned"
        UNBANNED = "unbanned", "Unbanned"
        NEW_LOCATION = "new_location", "Logged in from a new place"
        ACCOUNT_SECURED = "account_secured", "Hijacked account secured"
        ACCOUNT_CREATED = "account_created", "Account created"
        ACCOUNT_CHANGED = "account_changed", "Account changed"
        ACCOUNT_DELETED = "account_deleted", "Account deleted"
        PASSWORD_CHANGED = "password_changed", "Password changed"
        PRIVILEGES_CHANGED = "privileges_changed", "Privileges changed"
        GROUP_CREATED = "group_created", "Group created"
        GROUP_CHANGED = "group_changed", "Group changed"
        GROUP_DELETED = "group_deleted", "Group deleted"
        SWITCH_ON = "switch_on", "Kill switch turned on"
        SWITCH_OFF = "switch_off", "Kill switch turned off"
        AUDIT_EXPORTED = "audit_exported", "Audit log exported"

    at = models.DateTimeField("when", default=timezone.now, editable=False)
    kind = models.CharField("what", max_length=32, choices=kinds, editable=False)
    # The trail outlives the accounts that it speaks of, so their names are kept.
    actor = account_that_may_go("who")
    actor_name = models.CharField("who", max_length=255, blank=True, editable=False)
    subject = account_that_may_go("to whom")
    subject_name = models.CharField("to whom", max_length=255, blank=True, editable=False)
    address = models.GenericIPAddressField(null=True, blank=True, unpack_ipv4=True, editable=False)
    user_agent = models.CharField(max_length=512, blank=True, editable=False)
    detail = models.JSONField(default=dict, editable=False)

    objects = AuditEventQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        # What the trail is filtered by, each in the very order of the list: a page is read off one
        # of them, and no more than the page.
        indexes = [
            models.Index(fields=["at", "id"], name="sessions_api_event_at"),
            models.Index(fields=["kind", "at", "id"], name="sessions_api_event_kind"),
            models.Index(fields=["actor", "at", "id"], name="sessions_api_event_actor"),
            models.Index(fields=["subject", "at", "id"], name="sessions_api_event_subject"),
            models.Index(fields=["address", "at", "id"], name="sessions_api_event_address"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.at:%Y-%m-%d %H:%M:%S})"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("Audit events are append-only.")
        super().save(*args, **kwargs)

    def delete(self, *args: object, **kwargs: object) -> tuple[int, dict[str, int]]:
        raise TypeError("Audit events are append-only.")
