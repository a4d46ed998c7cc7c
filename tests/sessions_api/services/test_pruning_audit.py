"""Pruning of the audit log and of finished bulk sign-outs."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.models import Model
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from sessions_api.checks.settings import check_settings
from sessions_api.models import AuditEvent, BulkSignOut
from sessions_api.services.pruning import ObsoleteRows, old_events
from tests.cumulonimbus.processes import setting

pytestmark = pytest.mark.django_db

KEPT = timedelta(days=30)
HOUR = timedelta(hours=1)


@pytest.fixture
def retention() -> Iterator[None]:
    with override_settings(SESSIONS_API=settings.SESSIONS_API | {"AUDIT_RETENTION": KEPT}):
        yield


def make_events(count: int, *, age: timedelta) -> None:
    at = datetime.now(UTC) - age
    AuditEvent.objects.bulk_create(
        AuditEvent(kind=AuditEvent.Kind.LOGIN, at=at - timedelta(seconds=number))
        for number in range(count)
    )


def make_ending(*, finished: timedelta | None) -> BulkSignOut:
    """Create a bulk sign-out that was confirmed a year ago."""
    now = datetime.now(UTC)
    return BulkSignOut.objects.create(
        actor_name="sam",
        reason="spring cleaning",
        confirmed_at=now - timedelta(days=365),
        finished_at=None if finished is None else now - finished,
        newest_pk=7,
        next_pk=0,
        expected=7,
    )


def events() -> ObsoleteRows:
    obsolete_rows = old_events()
    assert obsolete_rows is not None
    return obsolete_rows


def prune(**options: Any) -> list[str]:
    """Run the command, and return its lines about the audit log."""
    output = StringIO()
    call_command("prune_sessions", stdout=output, **options)
    lines = output.getvalue().splitlines()
    assert "sessions" in lines[0]
    return [line for line in lines if "audit" in line or "sign-outs" in line]


def test_events_are_kept_forever_by_default() -> None:
    make_events(3, age=timedelta(days=36_500))
    make_ending(finished=timedelta(days=364))
    assert prune() == []
    assert AuditEvent.objects.count() == 3
    assert BulkSignOut.objects.exists()


def test_only_older_events_are_deleted(retention: None) -> None:
    make_events(7, age=KEPT + HOUR)
    make_events(3, age=KEPT - HOUR)
    assert prune() == ["Finished bulk sign-outs removed: 0", "Old audit events removed: 7"]
    assert AuditEvent.objects.count() == 3
    assert prune() == ["Finished bulk sign-outs removed: 0", "Old audit events removed: 0"]


def test_a_dry_run_only_counts(retention: None) -> None:
    make_events(7, age=KEPT + HOUR)
    make_ending(finished=KEPT + HOUR)
    assert prune(dry_run=True) == [
        "Finished bulk sign-outs that would be removed: 1",
        "Old audit events that would be removed: 7",
    ]
    assert AuditEvent.objects.count() == 7
    assert BulkSignOut.objects.exists()


def test_the_oldest_are_deleted_first_in_bounded_batches(retention: None) -> None:
    make_events(7, age=KEPT + HOUR)
    newest = AuditEvent.objects.latest("at").at
    with CaptureQueriesContext(connection) as captured:
        assert list(events().prune(3, max_batches=2)) == [3, 3]
    kinds = [query["sql"].split()[0] for query in captured if "pg_" not in query["sql"]]
    assert [kind for kind in kinds if kind in {"SELECT", "DELETE", "UPDATE"}] == (
        ["SELECT", "DELETE"] * 2
    )
    assert AuditEvent.objects.get().at == newest
    assert list(events().prune(3)) == [1]


def test_the_age_is_determined_at_the_beginning(retention: None) -> None:
    make_events(2, age=KEPT + HOUR)
    batches = events().prune(2)
    make_events(1, age=KEPT)
    assert list(batches) == [2]


def test_unfinished_bulk_sign_outs_are_kept(retention: None) -> None:
    make_ending(finished=KEPT + HOUR)
    kept = {make_ending(finished=KEPT - HOUR).pk, make_ending(finished=None).pk}
    assert prune()[0] == "Finished bulk sign-outs removed: 1"
    assert set(BulkSignOut.objects.values_list("pk", flat=True)) == kept


def test_the_audit_log_still_refuses_deletions(retention: None) -> None:
    make_events(1, age=KEPT + HOUR)
    with pytest.raises(TypeError):
        AuditEvent.objects.all().delete()
    with pytest.raises(TypeError):
        AuditEvent.objects.get().delete()


@pytest.mark.parametrize(
    ("kept", "problems"),
    [
        (None, []),
        (timedelta(days=1), []),
        (timedelta(days=36_525), []),
        (timedelta(days=1, microseconds=-1), ["sessions_api.E010"]),
        (timedelta(days=-90), ["sessions_api.E010"]),
        (timedelta.max, ["sessions_api.E010"]),
        (90, ["sessions_api.E002"]),
    ],
)
def test_retention_out_of_range_is_reported(kept: Any, problems: list[str]) -> None:
    with override_settings(SESSIONS_API=settings.SESSIONS_API | {"AUDIT_RETENTION": kept}):
        assert [error.id for error in check_settings()] == problems


@pytest.mark.parametrize(
    ("environment", "days"),
    [({}, None), ({"AUDIT_RETENTION_DAYS": "0"}, None), ({"AUDIT_RETENTION_DAYS": "90"}, 90)],
)
def test_the_environment_sets_the_retention(
    tmp_path: Path, environment: dict[str, str], days: int | None
) -> None:
    environment |= {"DEBUG": "true", "STATE_DIR": str(tmp_path)}
    kept = "getattr(s.SESSIONS_API['AUDIT_RETENTION'], 'days', None)"
    assert setting(kept, **environment) == days


class AuditLogElsewhere:
    """A router that reads the audit log from a replica, which this test does not have."""

    def db_for_read(self, model: type[Model], **hints: object) -> str | None:
        return "replica" if model is AuditEvent else None


def test_a_replica_is_not_pruned(retention: None) -> None:
    make_events(2, age=KEPT + HOUR)
    with override_settings(DATABASE_ROUTERS=[AuditLogElsewhere()]):
        assert list(events().prune(3)) == [2]
    assert not AuditEvent.objects.exists()
