"""The models: login sessions, ended ones, bulk sign-outs, bans and the audit log."""

# First, because it tells which app is missing.
from sessions_api.models import requirements  # noqa: F401
from sessions_api.models.audit import AuditEvent
from sessions_api.models.bans import Ban
from sessions_api.models.bulk_sign_outs import BulkSignOut
from sessions_api.models.end_causes import EndCause, Expiry
from sessions_api.models.kinds import SessionKind
from sessions_api.models.past_sessions import PastSession
from sessions_api.models.sessions import UserSession, UserSessionQuerySet

__all__ = [
    "AuditEvent",
    "Ban",
    "BulkSignOut",
    "EndCause",
    "Expiry",
    "PastSession",
    "SessionKind",
    "UserSession",
    "UserSessionQuerySet",
]
