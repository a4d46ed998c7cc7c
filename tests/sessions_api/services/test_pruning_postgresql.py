"""Parallel pruning, and pruning of locked rows."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from sessions_api.models import UserSession
from sessions_api.services.pruning import expired_sessions

pytestmark = pytest.mark.django_db(transaction=True)

COUNT = 600
THREADS = 4


@pytest.fixture
def expired(ann: Any) -> None:
    expires_at = datetime.now(UTC) - timedelta(hours=1)
    UserSession.objects.bulk_create(
        UserSession(user=ann, sid=number, name="made up", expires_at=expires_at)
        for number in range(COUNT)
    )


def test_parallel_runs_delete_each_row_once(expired: None) -> None:
    start = threading.Barrier(THREADS, timeout=20)

    def run() -> list[int]:
        try:
            start.wait()
            return list(expired_sessions().prune(10))
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        runs = [future.result(timeout=60) for future in [pool.submit(run) for _ in range(THREADS)]]

    assert sum(map(sum, runs)) == COUNT
    assert not UserSession.objects.exists()


def test_locked_rows_are_skipped(expired: None) -> None:
    def run() -> list[int]:
        try:
            return list(expired_sessions().prune(1000))
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        held = UserSession.objects.select_for_update().earliest("expires_at")
        assert pool.submit(run).result(timeout=20) == [COUNT - 1]
    assert UserSession.objects.get() == held
    assert list(expired_sessions().prune(1000)) == [1]


@pytest.fixture
def distributed() -> Iterator[None]:
    """A stand-in for the catalog of Citus, in which the table of sessions is distributed."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE pg_dist_partition AS"
            " SELECT 'sessions_api_usersession'::regclass AS logicalrelid"
        )
        yield
        cursor.execute("DROP TABLE pg_dist_partition")


def test_rows_of_several_servers_are_not_locked(expired: None, distributed: None) -> None:
    with CaptureQueriesContext(connection) as captured:
        assert list(expired_sessions().prune(COUNT)) == [COUNT]
    assert not [query for query in captured if "FOR UPDATE" in query["sql"]]
    assert not UserSession.objects.exists()


def test_rows_of_one_server_are_locked(expired: None) -> None:
    with CaptureQueriesContext(connection) as captured:
        assert list(expired_sessions().prune(COUNT)) == [COUNT]
    assert [query for query in captured if "FOR UPDATE SKIP LOCKED" in query["sql"]]
