"""What is kept: login sessions, their long endings, and the trail of what was done."""

from sessions_api.models.audit import AuditEvent
from sessions_api.models.bulk_sign_outs import BulkSignOut
from sessions_api.models.sessions import UserSession, UserSessionQuerySet

__all__ = ["AuditEvent", "BulkSignOut", "UserSession", "UserSessionQuerySet"]
