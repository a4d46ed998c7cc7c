"""An audit log large enough for PostgreSQL's planner to prefer indexes."""

from sessions_api.models import AuditEvent

EVENTS = 200_000

#: Seconds between two events. The oldest is a year old.
PACE = 157

#: The key of the user who is in every fortieth event.
ANN = 7
TABLE = AuditEvent._meta.db_table
