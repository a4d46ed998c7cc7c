"""Counting requests in a process."""

import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings

from killswitches.registry import ACCOUNT_LOGIN
from killswitches.testing import switched_on
from sessions_api import statistics
from sessions_api.http.dialects.v5.viewsets import LoginViewSet, OwnSessionViewSet
from sessions_api.statistics import HOUR, MINUTE, Traffic, recorder, stores
from sessions_api.statistics.recorder import Recorder
from sessions_api.testing import Clock, frozen_clock
from tests.api import OWN_SESSIONS, Api, Login
from tests.caches import DOWN
from tests.cast import PASSWORD

NOW = 1_800_000_000
LOGIN = LoginViewSet.endpoint_name("create")
SEE = OwnSessionViewSet.endpoint_name("retrieve")


@pytest.fixture(autouse=True)
def clock() -> Iterator[Clock]:
    """Freeze the clock at the beginning of an hour."""
    with frozen_clock(datetime.fromtimestamp(NOW, UTC)) as clock:
        yield clock


@pytest.fixture
def broken_cache() -> Iterator[None]:
    with override_settings(CACHES={"default": DOWN}):
        yield


def test_requests_and_distinct_callers() -> None:
    for user in (7, 7, 8):
        statistics.record("a", 200, user=user)
    for network in ("192.0.2.1", "192.0.2.1", "192.0.2.2", "192.0.2.3"):
        statistics.record("a", 404, network=network)
    statistics.record("b", 200, user=8)
    statistics.record("c", 200, user=9)

    assert statistics.traffic({"a"}, minutes=15) == Traffic(7, 2, 3)
    assert statistics.traffic({"a", "b"}, minutes=15) == Traffic(8, 2, 3)
    assert statistics.traffic({"unheard of"}, minutes=15) == Traffic(0, 0, 0)
    assert statistics.traffic((), minutes=15) == Traffic(0, 0, 0)


def test_only_the_requested_minutes_are_included(clock: Clock) -> None:
    statistics.record("a", 200, user=1)
    clock.advance(timedelta(minutes=14))
    statistics.record("a", 200, user=2)

    assert statistics.traffic({"a"}, minutes=15) == Traffic(2, 2, 0)
    assert statistics.traffic({"a"}, minutes=14) == Traffic(1, 1, 0)
    clock.advance(timedelta(minutes=1))
    assert statistics.traffic({"a"}, minutes=15) == Traffic(1, 1, 0)


def test_refusals_by_hour(clock: Clock) -> None:
    for status in (200, 429, 429, 401, 503, 500):
        statistics.record("a", status, network="192.0.2.1")
    clock.advance(timedelta(hours=1))
    statistics.record("b", 429, user=1)

    hour = NOW // HOUR
    assert statistics.refusals(range(hour, hour + 2)) == {
        (hour, 429): 2,
        (hour, 503): 1,
        (hour + 1, 429): 1,
    }
    assert statistics.refusals([hour + 1]) == {(hour + 1, 429): 1}


def test_refusals_by_switch_and_minute(clock: Clock) -> None:
    minute = NOW // MINUTE
    for number in (4, 4, 8, None):
        statistics.record("a", 503, user=1, closed_by=number)
    clock.advance(timedelta(hours=2))
    statistics.record("b", 503, network="192.0.2.1", closed_by=4)

    assert statistics.closed(4, range(minute, minute + 121)) == 3
    assert statistics.closed(4, range(minute + 1, minute + 121)) == 1
    assert statistics.closed(4, range(minute, minute + 120)) == 2
    assert statistics.closed(8, range(minute, minute + 121)) == 1
    assert statistics.closed(5, range(minute, minute + 121)) == 0


def test_callers_of_certain_minutes(clock: Clock) -> None:
    minute = NOW // MINUTE
    statistics.record("a", 200, user=1)
    clock.advance(timedelta(minutes=3))
    for user in (1, 2):
        statistics.record("a", 200, user=user)
    assert statistics.traffic_in({"a"}, range(minute, minute + 3)) == Traffic(1, 1, 0)
    assert statistics.traffic_in({"a"}, range(minute + 3, minute + 4)) == Traffic(2, 2, 0)


def test_old_counts_are_discarded(clock: Clock) -> None:
    memory = Recorder(interval=None)
    with override_settings(CACHES=settings.CACHES | {"default": _in_memory()}):
        memory.record("old", 429, 1, None)
        memory.record("closed", 503, 1, None, 4)
        memory.flush()
        assert memory.traffic({"old"}, 1) == Traffic(1, 1, 0)
        clock.advance(timedelta(days=16))
        memory.record("young", 200, 1, None)
        assert memory.traffic({"young"}, 1) == Traffic(1, 1, 0)
        # The old minutes have no counts any more.
        clock.advance(timedelta(days=-16))
        assert memory.traffic({"old"}, 1) == Traffic(0, 0, 0)
        assert memory.refusals([NOW // HOUR]) == {}
        assert memory.closed(4, range(NOW // MINUTE, NOW // MINUTE + 1)) == 0


def test_the_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorder, "MOST_CALLS", 3)
    monkeypatch.setattr(stores, "MOST_CALLS_KEPT", 5)
    bounded = Recorder(interval=None)
    with override_settings(CACHES=settings.CACHES | {"default": _in_memory()}):
        for user in range(10):
            bounded.record("a", 200, user, None)
        assert bounded.traffic({"a"}, 1) == Traffic(10, 3, 0)
        for user in range(100, 110):
            bounded.record("a", 200, user, None)
        assert bounded.traffic({"a"}, 1) == Traffic(20, 4, 0)


def test_threads_count_together() -> None:
    def work(thread: int) -> None:
        for _ in range(500):
            statistics.record("a", 503, user=thread)

    with ThreadPoolExecutor(8) as threads:
        for done in [threads.submit(work, thread) for thread in range(8)]:
            done.result(timeout=60)
    assert statistics.traffic({"a"}, minutes=1) == Traffic(4000, 8, 0)
    assert statistics.refusals([NOW // HOUR]) == {(NOW // HOUR, 503): 4000}


def test_one_thread_writes_the_counts() -> None:
    flushed = threading.Event()

    class Busy(Recorder):
        def flush(self) -> None:
            flushed.set()
            threading.Event().wait()  # forever: the thread ends with the process

    def begun() -> list[threading.Thread]:
        return [thread for thread in threading.enumerate() if thread not in before]

    before = threading.enumerate()
    busy = Busy(interval=0.001)
    assert begun() == []
    for _ in range(2):
        busy.record("a", 200, 1, None)
    assert flushed.wait(timeout=60)
    assert [thread.daemon for thread in begun()] == [True]


def test_a_process_forked_during_counting_starts_empty() -> None:
    class ForkingKey(int):
        """A user's key that forks the process while a request is being counted."""

        child: int | None = None

        def __hash__(self) -> int:
            if self.child is None:
                self.child = os.fork()
                if self.child == 0:
                    signal.alarm(10)  # Waiting for the parent's lock would never end.
                    counted = statistics.traffic({"a"}, minutes=1).requests
                    os._exit(counted)
            return super().__hash__()

    statistics.record("a", 200, user=1)
    key = ForkingKey(1)
    statistics.record("a", 200, user=key)
    assert key.child
    assert os.waitpid(key.child, 0)[1] == 0
    assert statistics.traffic({"a"}, minutes=1) == Traffic(2, 1, 0)


class TestWithoutCache:
    def test_flushing_never_raises_and_logs_the_failure_once(
        self, broken_cache: None, caplog: pytest.LogCaptureFixture
    ) -> None:
        for _ in range(3):
            statistics.record("a", 200, user=1)
            statistics.flush()
        lines = [line for line in caplog.records if line.name == "sessions_api.statistics"]
        assert len(lines) == 1
        assert "127.0.0.1" not in lines[0].getMessage()

    def test_lost_counts_are_not_written_later(self, caplog: pytest.LogCaptureFixture) -> None:
        with override_settings(CACHES={"default": DOWN}):
            statistics.record("a", 200, user=1)
            statistics.flush()
        statistics.record("a", 200, user=2)
        assert statistics.traffic({"a"}, minutes=1) == Traffic(1, 1, 0)
        with override_settings(CACHES={"default": DOWN}):
            statistics.record("a", 200, user=1)
            statistics.flush()
        assert len([one for one in caplog.records if one.name == "sessions_api.statistics"]) == 2

    def test_reading_raises_an_error(self, broken_cache: None) -> None:
        with pytest.raises(ConnectionError):
            _translated(lambda: statistics.traffic({"a"}, minutes=1))
        with pytest.raises(ConnectionError):
            _translated(lambda: statistics.refusals([1]))

    def test_requests_are_not_affected(self, broken_cache: None, me: Login) -> None:
        assert me.api("GET", f"{OWN_SESSIONS}/me").status_code == 200
        statistics.flush()


@pytest.mark.django_db
class TestRequests:
    def test_callers_with_a_session_are_counted_by_user(
        self, me: Login, other: Login, bobs: Login
    ) -> None:
        for login in (me, me, other, bobs):
            login.api("GET", f"{OWN_SESSIONS}/{login.session.sid}")
        assert statistics.traffic({SEE}, minutes=1) == Traffic(4, 2, 0)

    def test_anonymous_callers_are_counted_by_network(self, api: Api, ann: Any) -> None:
        for address in ("192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8::2"):
            api("POST", "/login", {"username": "ann", "password": "x"}, REMOTE_ADDR=address)
        for token in ("rubbish", "Bearer rubbish"):
            api("GET", f"{OWN_SESSIONS}/1", token=token)
        assert statistics.traffic({LOGIN}, minutes=1) == Traffic(4, 0, 3)
        assert statistics.traffic({SEE}, minutes=1) == Traffic(2, 0, 1)

    @pytest.mark.ratelimited
    def test_refused_requests_count(self, api: Api, limits_clock: Any) -> None:
        login = {"username": "nobody", "password": PASSWORD}
        with switched_on(ACCOUNT_LOGIN):
            assert api("POST", "/login", login).status_code == 503
        statuses = [api("GET", OWN_SESSIONS, token="x").status_code for _ in range(4)]
        assert statuses == [401, 401, 401, 429]
        hour = NOW // HOUR
        assert statistics.refusals([hour]) == {(hour, 503): 1, (hour, 429): 1}

    def test_requests_without_an_endpoint_do_not_count(
        self, api: Api, caplog: pytest.LogCaptureFixture
    ) -> None:
        api("GET", "/nowhere")
        api("PATCH", "/login")
        with override_settings(CACHES={"default": DOWN}):
            statistics.flush()
        assert "statistics" not in caplog.text, "there was something to store"


def _in_memory() -> dict[str, str]:
    return {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "statistics"}


def _translated(ask: Any) -> None:
    """Translate redis-py's ``ConnectionError`` into Python's."""
    try:
        ask()
    except Exception as error:
        raise ConnectionError from error
