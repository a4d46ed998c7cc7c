"""PostgreSQL's plans on long tables for the overview and for detecting new locations."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sessions_api.admin.overview import numbers as overview_numbers
from sessions_api.admin.overview.numbers import NEW_LOCATIONS, SAMPLE, read_numbers
from sessions_api.models import AuditEvent
from sessions_api.services import new_locations as places
from sessions_api.services.session_counts import MOST_COUNTED
from tests.big_table import SESSIONS, plans_of
from tests.big_trail import ANN, PACE

#: The number of events within the hours that the overview counts, including the current one.
NEW_EVENTS = (overview_numbers.HOURS + 1) * 3600 // PACE


pytestmark = [
    pytest.mark.usefixtures("many_events", "big_table", "audit_log_explained"),
    pytest.mark.django_db,
]


@pytest.mark.parametrize(
    ("name", "most_rows"),
    [
        # Each with its owner, to compare the password marks.
        ("active", 2 * (MOST_COUNTED + 1)),
        ("devices", SAMPLE),
        ("events", NEW_EVENTS + 1),
        ("locations", NEW_LOCATIONS + 1),
    ],
)
def test_no_table_is_scanned(name: str, most_rows: int) -> None:
    with CaptureQueriesContext(connection) as captured:
        read_numbers([name])
    plans = plans_of(captured)
    assert plans
    for plan in plans:
        assert plan.scanned == [], plan
        assert 0 < plan.rows <= most_rows, plan


def test_only_the_current_hour_is_read_once_past_hours_are_cached() -> None:
    read_numbers(["events"])
    cache.delete(overview_numbers.PREFIX + "events")
    with CaptureQueriesContext(connection) as captured:
        read_numbers(["events"])
    plans = plans_of(captured)
    assert len(plans) == 2
    # Events of the current hour, and of the previous one until it is final.
    assert all(plan.rows <= 2 * 3600 / PACE for plan in plans), plans


def test_the_number_of_active_sessions_is_estimated() -> None:
    qualifier, number = read_numbers(["active"])["active"]
    assert qualifier == "about"
    # All are active, except for every fiftieth unless it is new.
    assert number == pytest.approx(SESSIONS * 0.98, rel=0.1)


def test_the_location_of_a_login_is_compared_with_the_users_newest_events(ann: Any) -> None:
    ann.pk = ANN
    with CaptureQueriesContext(connection) as captured:
        assert places.is_new_location(ann, "Rome, Italy")
    (plan,) = plans_of(captured)
    assert plan.scanned == []
    assert 0 < plan.rows <= 2 * places.EVENTS_SEARCHED


def test_the_numbers_are_correct() -> None:
    """Compare with a simple count of the last two weeks."""
    hours = read_numbers(["events"])["events"]
    oldest = min(hours["login"])
    for kind, each in {"login": 1, "login_failed": 1, "sessions_ended": 2}.items():
        found = AuditEvent.objects.filter(kind=kind, at__gte=_time(oldest)).count()
        assert sum(n for hour, n in hours[kind].items() if hour >= oldest) == each * found


def _time(hour: int) -> datetime:
    return datetime.fromtimestamp(hour * 3600, UTC)
