"""Sessions and the audit log in the Django admin, and what a host's own user admin can add."""

from sessions_api.admin.audit.admin import AuditEventAdmin
from sessions_api.admin.bulk_sign_outs.admin import BulkSignOutAdmin
from sessions_api.admin.guards import StrictChangelistMixin
from sessions_api.admin.sessions.admin import UserSessionAdmin
from sessions_api.admin.users.admin import UserSessionsMixin
from sessions_api.admin.users.groups import GroupPrivilegesMixin

__all__ = [
    "AuditEventAdmin",
    "BulkSignOutAdmin",
    "GroupPrivilegesMixin",
    "StrictChangelistMixin",
    "UserSessionAdmin",
    "UserSessionsMixin",
]
