"""Sessions and the audit trail in the Django admin, and what a host's own user admin can add."""

from sessions_api.admin.ending_pages import SessionEndingAdmin
from sessions_api.admin.events import AuditEventAdmin
from sessions_api.admin.groups import GroupPrivilegesMixin
from sessions_api.admin.guards import GuardedChangelist
from sessions_api.admin.sessions import UserSessionAdmin
from sessions_api.admin.users import UserSessionsMixin

__all__ = [
    "AuditEventAdmin",
    "GroupPrivilegesMixin",
    "GuardedChangelist",
    "SessionEndingAdmin",
    "UserSessionAdmin",
    "UserSessionsMixin",
]
