"""``manage.py partition_audit_log``, within the transaction of a test."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.models.expressions import RawSQL

from sessions_api.models import AuditEvent
from sessions_api.services.pruning import old_events
from tests.browser import browser_of

pytestmark = pytest.mark.django_db

TABLE = "sessions_api_auditevent"
LIST = "/admin/sessions_api/auditevent/"


def month(ago: int) -> datetime:
    """Return the middle of a month, counted from this one."""
    year, number = divmod(datetime.now(UTC).year * 12 + datetime.now(UTC).month - 1 - ago, 12)
    return datetime(year, number + 1, 15, tzinfo=UTC)


def partition_of(ago: int) -> str:
    return f"{TABLE}_{month(ago):%Y_%m}"


def run(**options: Any) -> str:
    out = StringIO()
    call_command("partition_audit_log", stdout=out, **options)
    return out.getvalue()


def sizes() -> dict[str, int]:
    of_partition = RawSQL("tableoid::regclass::text", [])
    rows = AuditEvent.objects.order_by().values_list(of_partition)
    return dict(Counter(name for (name,) in rows))


def partitions() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass",
            [TABLE],
        )
        return {name for (name,) in cursor.fetchall()}


@pytest.fixture(autouse=True)
def _events() -> None:
    """One event of this month, and two of three months ago."""
    for ago in (0, 3, 3):
        AuditEvent.objects.create(at=month(ago), kind="login", actor_name="ann")


class TestTheFirstTime:
    def test_each_month_gets_a_partition(self) -> None:
        rows = list(AuditEvent.objects.values())
        run()
        assert list(AuditEvent.objects.values()) == rows
        assert sizes() == {partition_of(3): 2, partition_of(0): 1}
        assert partitions() == {
            f"{TABLE}_default",
            *(partition_of(ago) for ago in range(3, -4, -1)),
        }

    def test_the_service_goes_on(self, staff: Any) -> None:
        run()
        newest = AuditEvent.objects.latest("pk").pk
        assert AuditEvent.objects.create(kind="login", actor_name="bob").pk > newest
        browser = browser_of(staff, "view_auditevent")
        assert browser.get(LIST).status_code == 200
        assert browser.get(f"{LIST}{newest}/change/").status_code == 200

    def test_a_dry_run(self) -> None:
        planned = run(dry_run=True)
        assert partitions() == set()
        assert planned == run()

    def test_an_empty_log(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {TABLE}")
        run(months_ahead=1)
        assert partitions() == {f"{TABLE}_default", partition_of(0), partition_of(-1)}


class TestFromThenOn:
    def test_further_months(self) -> None:
        run(months_ahead=1)
        before = partitions()
        run(months_ahead=1)
        assert partitions() == before
        run(months_ahead=3)
        assert partitions() - before == {partition_of(-2), partition_of(-3)}

    def test_events_of_months_without_a_partition_stay(self) -> None:
        run(months_ahead=1)
        AuditEvent.objects.create(at=month(-3), kind="login", actor_name="ann")
        run(months_ahead=4)
        assert sizes()[f"{TABLE}_default"] == 1
        assert partition_of(-3) not in partitions()
        assert partition_of(-4) in partitions()

    def test_an_event_of_the_far_future_stops_nothing(self) -> None:
        run(months_ahead=1)
        AuditEvent.objects.create(at=month(-24), kind="login", actor_name="ann")
        run(months_ahead=3)
        assert {partition_of(-2), partition_of(-3)} <= partitions()
        run(months_ahead=25)
        assert partition_of(-25) in partitions()
        assert partition_of(-24) not in partitions()

    def test_months_past_the_retention_are_dropped(self, settings: Any) -> None:
        run()
        kept = datetime.now(UTC) - month(2) + timedelta(days=1)
        settings.SESSIONS_API = settings.SESSIONS_API | {"AUDIT_RETENTION": kept}
        assert f"DROP TABLE {partition_of(3)};" in run()
        assert sizes() == {partition_of(0): 1}
        assert partition_of(2) in partitions()

    def test_the_rest_is_pruned_as_before(self, settings: Any) -> None:
        run()
        settings.SESSIONS_API = settings.SESSIONS_API | {"AUDIT_RETENTION": timedelta(days=50)}
        found = old_events()
        assert found
        assert list(found.prune(10)) == [2]

    def test_without_a_retention_nothing_is_dropped(self) -> None:
        run()
        assert "DROP" not in run()
