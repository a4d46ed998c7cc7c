"""Pruning deletes expired sessions in bounded batches."""

from collections.abc import Callable
from contextlib import redirect_stderr
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sessions_api.models import AuditEvent, UserSession
from sessions_api.services.pruning import expired_sessions
from tests.terminals import Terminal

pytestmark = pytest.mark.django_db

MakeSessions = Callable[..., None]


@pytest.fixture
def make_sessions(ann: Any) -> MakeSessions:
    """``make_sessions(5, hours=-1)`` creates five sessions that expired an hour ago."""

    def make(count: int, *, hours: int) -> None:
        expires_at = datetime.now(UTC) + timedelta(hours=hours)
        first = UserSession.objects.count()
        UserSession.objects.bulk_create(
            UserSession(user=ann, sid=first + number, name="made up", expires_at=expires_at)
            for number in range(count)
        )

    return make


def prune(**options: Any) -> str:
    """Run the command, and return its line about expired sessions."""
    output = StringIO()
    call_command("prune_sessions", stdout=output, **options)
    return output.getvalue().splitlines()[0]


def test_only_expired_sessions_are_deleted(make_sessions: MakeSessions) -> None:
    make_sessions(7, hours=-1)
    make_sessions(3, hours=1)
    assert prune() == "Expired sessions removed: 7"
    assert UserSession.objects.active().count() == UserSession.objects.count() == 3
    assert not AuditEvent.objects.exists()
    assert prune() == "Expired sessions removed: 0"


def test_a_dry_run_only_counts(make_sessions: MakeSessions) -> None:
    make_sessions(7, hours=-1)
    make_sessions(3, hours=1)
    assert prune(dry_run=True) == "Expired sessions that would be removed: 7"
    assert UserSession.objects.count() == 10


def test_batches_are_bounded_and_so_are_their_statements(make_sessions: MakeSessions) -> None:
    make_sessions(7, hours=-1)
    with CaptureQueriesContext(connection) as captured:
        assert list(expired_sessions().prune(3)) == [3, 3, 1]
    kinds = [query["sql"].split()[0] for query in captured if "pg_" not in query["sql"]]
    assert [kind for kind in kinds if kind in {"SELECT", "DELETE", "UPDATE"}] == (
        ["SELECT", "DELETE"] * 3
    )


def test_a_full_batch_may_be_the_last(make_sessions: MakeSessions) -> None:
    make_sessions(6, hours=-1)
    assert list(expired_sessions().prune(3)) == [3, 3]


def test_the_largest_batch(make_sessions: MakeSessions) -> None:
    make_sessions(10_001, hours=-1)
    assert list(expired_sessions().prune(10_000)) == [10_000, 1]


def test_the_number_of_batches_is_limited(make_sessions: MakeSessions) -> None:
    make_sessions(7, hours=-1)
    assert prune(batch_size=2, max_batches=2) == "Expired sessions removed: 4"
    assert prune(batch_size=2, max_batches=0) == "Expired sessions removed: 0"
    assert UserSession.objects.count() == 3


def test_the_oldest_are_deleted_first(make_sessions: MakeSessions) -> None:
    make_sessions(2, hours=-1)
    make_sessions(3, hours=-48)
    prune(batch_size=3, max_batches=1)
    assert set(UserSession.objects.values_list("sid", flat=True)) == {0, 1}


def test_an_interrupted_run_keeps_finished_batches(
    make_sessions: MakeSessions,
) -> None:
    make_sessions(7, hours=-1)
    deletions = 0

    def interrupted(execute: Callable[..., Any], statement: str, *arguments: Any) -> Any:
        nonlocal deletions
        deletions += statement.startswith("DELETE")
        if deletions == 2:
            raise KeyboardInterrupt
        return execute(statement, *arguments)

    output = StringIO()
    with connection.execute_wrapper(interrupted), pytest.raises(KeyboardInterrupt):
        call_command("prune_sessions", batch_size=3, stdout=output)
    assert output.getvalue() == "Expired sessions removed: 3\n"
    assert UserSession.objects.count() == 4
    assert prune() == "Expired sessions removed: 4"


@pytest.mark.parametrize(
    "options", [{"batch_size": 0}, {"batch_size": 10_001}, {"max_batches": -1}]
)
def test_sizes_out_of_range(make_sessions: MakeSessions, options: dict[str, int]) -> None:
    make_sessions(1, hours=-1)
    with pytest.raises(CommandError):
        prune(**options)
    assert UserSession.objects.count() == 1


@pytest.mark.parametrize("terminal", [True, False])
def test_the_progress_bar_is_for_terminals(make_sessions: MakeSessions, terminal: bool) -> None:
    make_sessions(7, hours=-1)
    with redirect_stderr(Terminal() if terminal else StringIO()) as stderr:
        assert prune() == "Expired sessions removed: 7"
    assert ("7" in stderr.getvalue()) is terminal
