"""An audit trail so long that PostgreSQL's planner cares how it is read."""

from sessions_api.models import AuditEvent

EVENTS = 200_000

#: Seconds from one event to the next: the oldest is a year old.
PACE = 157

#: Whose every fortieth event is.
ANN = 7
TABLE = AuditEvent._meta.db_table
