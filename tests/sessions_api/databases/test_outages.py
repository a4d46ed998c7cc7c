"""Errors that mean an unavailable database, and what works if the database is read-only.

Tests with an unavailable server are in ``tests/outages``.
"""

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.db import (
    DatabaseError,
    IntegrityError,
    InterfaceError,
    InternalError,
    OperationalError,
    ProgrammingError,
    connection,
)
from django.utils import timezone

from killswitches.models import KillSwitch, SwitchFlip
from killswitches.registry import FILE_CREATE
from killswitches.services import LAPSED, states
from sessions_api.databases import outages
from sessions_api.databases.circuit_breaker import CircuitBreaker
from sessions_api.fastpath import live_sessions
from sessions_api.http.errors import as_api_error
from sessions_api.models import UserSession
from tests.api import OWN_SESSIONS, Login


def raised(error: DatabaseError, driver: Exception) -> DatabaseError:
    error.__cause__ = driver
    return error


def sqlite(code: int) -> Exception:
    error = sqlite3.OperationalError("of SQLite")
    error.sqlite_errorcode = code
    return error


class TestErrors:
    @pytest.mark.parametrize(
        "state",
        ["08006", "53100", "53300", "57014", "57P01", "57P03", "58030", "25006", "55P03", "25P03"],
    )
    def test_of_postgresql_that_mean_unavailable(self, state: str) -> None:
        driver = psycopg.errors.lookup(state)()
        assert outages.is_unavailable(raised(InternalError(), driver))
        # Django's error for further queries in the transaction.
        assert outages.is_unavailable(
            raised(ProgrammingError(), raised(OperationalError(), driver))
        )

    @pytest.mark.parametrize("state", ["42P01", "42703", "40P01", "23505", "22P02", "0A000"])
    def test_of_postgresql_that_do_not(self, state: str) -> None:
        assert not outages.is_unavailable(
            raised(OperationalError(), psycopg.errors.lookup(state)())
        )

    @pytest.mark.parametrize("code", [5, 8, 13, 14, 8 | 3 << 8])
    def test_of_sqlite_that_mean_unavailable(self, code: int) -> None:
        assert outages.is_unavailable(raised(OperationalError(), sqlite(code)))

    @pytest.mark.parametrize("code", [1, 19, 20])
    def test_of_sqlite_that_do_not(self, code: int) -> None:
        assert not outages.is_unavailable(raised(OperationalError(), sqlite(code)))

    def test_without_a_code(self) -> None:
        lost = psycopg.OperationalError("the connection is closed")
        assert outages.is_unavailable(raised(OperationalError(), lost))
        assert outages.is_unavailable(InterfaceError("connection already closed"))
        assert not outages.is_unavailable(raised(ProgrammingError(), psycopg.ProgrammingError()))
        assert not outages.is_unavailable(IntegrityError())
        assert not outages.is_unavailable(ConnectionError())
        assert not outages.is_unavailable(None)

    def test_503_without_feature_and_one_line_in_the_log(
        self, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(outages.logger, "filters", [outages.NowAndThen()])
        driver = psycopg.OperationalError("cannot connect\nDETAIL: with these values")
        for _ in range(3):
            error = as_api_error(raised(OperationalError(), driver))
        assert (error.status, error.data, error.headers) == (503, {}, {"Retry-After": "5"})
        assert caplog.messages == [
            "Could not serve requests without the database: OperationalError: cannot connect"
        ]


class TestBreaker:
    def test_lets_one_attempt_through_at_a_time(self, monkeypatch: pytest.MonkeyPatch) -> None:
        now = 100.0
        monkeypatch.setattr("sessions_api.databases.circuit_breaker.time.monotonic", lambda: now)
        breaker = CircuitBreaker(1)
        assert [breaker.may_try() for _ in range(3)] == [True] * 3
        assert [breaker.failed() for _ in range(2)] == [True, False]
        now += 0.9
        assert not breaker.may_try()
        now += 0.1
        assert [breaker.may_try() for _ in range(3)] == [True, False, False]
        assert not breaker.failed()
        now += 1
        assert [breaker.may_try() for _ in range(2)] == [True, False]
        # The outcome of the previous attempt was never reported.
        now += 10
        assert breaker.may_try()
        assert [breaker.succeeded() for _ in range(2)] == [True, False]
        assert [breaker.may_try() for _ in range(3)] == [True] * 3


@contextmanager
def read_only() -> Iterator[None]:
    """Make the connection read-only, and any that replaces it. A transaction that has begun stays
    read-only until it ends."""
    if connection.vendor == "sqlite":
        with _executed("PRAGMA query_only = ON", "PRAGMA query_only = OFF"):
            yield
    elif connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION READ ONLY")
        yield
    else:
        options: dict[str, Any] = connection.settings_dict["OPTIONS"]
        connection.close()
        options["options"] = "-c default_transaction_read_only=on"
        try:
            yield
        finally:
            del options["options"]
            connection.close()


@contextmanager
def _executed(before: str, afterwards: str) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute(before)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(afterwards)


@pytest.fixture(autouse=True)
def _notes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_sessions, "_notes", CircuitBreaker(0))


class NoWrites:
    def test_reading_works_without_recording_the_use(
        self, me: Login, caplog: pytest.LogCaptureFixture
    ) -> None:
        with read_only():
            for _ in range(3):
                # Its second statement would fail in an aborted transaction.
                assert me.api("GET", OWN_SESSIONS).status_code == 200
        assert [(r.levelno, r.name) for r in caplog.records] == [(logging.ERROR, "sessions_api")]
        assert not UserSession.objects.get().used_at

    def test_writing_gets_503_with_retry_after(self, me: Login) -> None:
        with read_only():
            answer = me.api("DELETE", f"{OWN_SESSIONS}/me")
        assert (answer.status_code, answer["Retry-After"]) == (503, "5")
        assert answer.json() == {
            "code": "SERVICE_UNAVAILABLE_ERROR",
            "message": "Service Unavailable",
        }

    def test_a_lapse_takes_effect_without_being_recorded(self, boss: Login) -> None:
        until = timezone.now() - timedelta(hours=1)
        KillSwitch.objects.create(
            number=FILE_CREATE.number, enabled=True, until=until, changed_by_name="ann"
        )
        with read_only():
            state = states()[FILE_CREATE.number]
            answer = boss.api("GET", "/killswitches")
        assert (state.enabled, state.until, state.changed_at) == (False, None, until)
        assert (state.changed_by_name, state.reason) == ("ann", LAPSED)
        assert answer.status_code == 200
        assert not any(switch["state"] for switch in answer.json()["items"])
        assert not SwitchFlip.objects.exists()


@pytest.mark.django_db
class TestNoWritesInATransaction(NoWrites):
    pass


@pytest.mark.django_db(transaction=True)
class TestNoWritesWithoutOne(NoWrites):
    pass


@pytest.mark.django_db(transaction=True)
class TestLastUse:
    def test_is_recorded_again_after_the_outage(
        self, me: Login, caplog: pytest.LogCaptureFixture
    ) -> None:
        with read_only():
            me.api("GET", OWN_SESSIONS)
        assert me.api("GET", OWN_SESSIONS).status_code == 200
        assert UserSession.objects.get().used_at
        assert [record.levelno for record in caplog.records] == [logging.ERROR, logging.WARNING]

    def test_is_not_written_for_a_while_after_a_failure(
        self, me: Login, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(live_sessions, "_notes", CircuitBreaker(30))
        with read_only():
            me.api("GET", OWN_SESSIONS)
        me.api("GET", OWN_SESSIONS)
        assert not UserSession.objects.get().used_at
