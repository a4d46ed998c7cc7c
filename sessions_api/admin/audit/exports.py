"""What exports of the audit log contain."""

from sessions_api.models import AuditEvent
from sessions_api.services import audit_exports
from sessions_api.services.audit_exports import Content, Values, exact_time

COLUMNS = (
    "id",
    "at",
    "kind",
    "actor_id",
    "actor_name",
    "subject_id",
    "subject_name",
    "address",
    "user_agent",
    "request_id",
    "detail",
)

#: The formats for staff, by the extension of the file's name.
FORMATS = {extension: audit_exports.FORMATS[extension] for extension in ("csv", "jsonl")}


def values(event: AuditEvent) -> Values:
    """Return everything that the log says of an event."""
    return {column: getattr(event, column) for column in COLUMNS} | {"at": exact_time(event.at)}


LOG = Content("audit", COLUMNS, values)
