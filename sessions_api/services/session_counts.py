"""The number of active sessions, counted or estimated."""

from enum import Enum
from typing import NamedTuple

from django.db import connections

from sessions_api.databases.estimates import estimate, rounded
from sessions_api.models import UserSession

#: The maximum number of sessions to count; more are estimated by PostgreSQL's planner.
MOST_COUNTED = 10_000


class Accuracy(Enum):
    """How a number relates to the true one."""

    EXACT = ""
    ABOUT = "about"
    MORE_THAN = "more than"


class SessionCount(NamedTuple):
    """A number of sessions."""

    accuracy: Accuracy
    number: int


def count_active_sessions() -> SessionCount:
    """Count the active sessions, in one query, or two if there are many."""
    active = UserSession.objects.active()
    # In the order of the index, so that the planner cannot choose to scan the table.
    some = active.order_by("-expires_at").values("expires_at")[: MOST_COUNTED + 1]
    number = some.count()
    if number <= MOST_COUNTED:
        return SessionCount(Accuracy.EXACT, number)
    if connections[active.db].vendor != "postgresql":
        return SessionCount(Accuracy.MORE_THAN, MOST_COUNTED)
    # Passwords are left out, because the planner cannot know that nearly all marks match.
    unexpired = UserSession.objects.unexpired().order_by().values("expires_at")
    return SessionCount(Accuracy.ABOUT, rounded(max(number, estimate(unexpired).rows)))
