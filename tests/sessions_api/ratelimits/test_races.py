"""Limits are exact for concurrent requests, in parallel and in any interleaving."""

import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from unittest import mock

import pytest
from django.core.cache.backends.locmem import LocMemCache
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from sessions_api.ratelimits.rates import Rate
from sessions_api.ratelimits.reservations import Quota, reserve
from tests.rate_clock import rates_counted_by

pytestmark = pytest.mark.ratelimited

LIMIT = 4
WAIT = 30.0


@pytest.fixture
def quota() -> Iterator[Quota]:
    with rates_counted_by(mock.Mock(**{"time.return_value": time.time()})):
        yield Quota("login", uuid.uuid4().hex, Rate(LIMIT, 300))


def admitted(quota: Quota, attempts: int) -> int:
    barrier = threading.Barrier(attempts)

    def attempt(_: int) -> bool:
        barrier.wait(WAIT)
        return reserve([quota]).refused is None

    with ThreadPoolExecutor(attempts) as threads:
        return sum(threads.map(attempt, range(attempts)))


def test_50_threads(quota: Quota) -> None:
    assert admitted(quota, 50) == LIMIT
    assert admitted(quota, 10) == 0


class SlowName(str):
    """A bucket's name whose comparison lets other threads run."""

    def __eq__(self, other: object) -> bool:
        time.sleep(0.02)
        return str(self) == other

    __hash__ = str.__hash__


def test_a_refund_from_many_threads_is_made_once(quota: Quota) -> None:
    reservations = [reserve([quota]) for _ in range(LIMIT)]
    with ThreadPoolExecutor(LIMIT) as threads:
        list(threads.map(reservations[0].refund, [SlowName("login")] * LIMIT))
    assert admitted(quota, 10) == 1


class SteppedCache(LocMemCache):
    """A cache that waits before each atomic operation until the thread may continue."""

    turns = threading.local()

    def add(self, *args: Any, **kwargs: Any) -> bool:
        self.turns.wait()
        return super().add(*args, **kwargs)

    def incr(self, *args: Any, **kwargs: Any) -> int:
        self.turns.wait()
        return super().incr(*args, **kwargs)


class Caller:
    """A request in a separate thread that advances by one cache operation at a time.

    It holds a charge from its admission until it begins the refund.
    """

    def __init__(self, quota: Quota, refunds: bool) -> None:
        self.holds = self.done = False
        self._go, self._rests = threading.Semaphore(0), threading.Semaphore(0)
        threading.Thread(target=self._call, args=(quota, refunds), daemon=True).start()
        assert self._rests.acquire(timeout=WAIT)

    def step(self) -> None:
        self._go.release()
        assert self._rests.acquire(timeout=WAIT)

    def _wait(self) -> None:
        self._rests.release()
        assert self._go.acquire(timeout=WAIT)

    def _call(self, quota: Quota, refunds: bool) -> None:
        SteppedCache.turns.wait = self._wait
        reservation = reserve([quota])
        self.holds = reservation.refused is None
        if refunds:
            self._wait()
            self.holds = False
            reservation.refund()
        self.done = True
        self._rests.release()


@given(
    limit=st.integers(1, 2),
    refunds=st.lists(st.booleans(), min_size=2, max_size=6),
    schedule=st.lists(st.integers(0, 5), max_size=40),
)
def test_no_interleaving_admits_too_many(
    limit: int, refunds: list[bool], schedule: list[int]
) -> None:
    # A window of centuries, because Hypothesis does not freeze the clock.
    quota = Quota("login", uuid.uuid4().hex, Rate(limit, 10**10))
    cache = {"BACKEND": f"{__name__}.SteppedCache", "LOCATION": "stepped"}
    SteppedCache.turns.wait = lambda: None
    with override_settings(CACHES={"default": cache}):
        callers = [Caller(quota, refund) for refund in refunds]
        # Calls that the schedule leaves unfinished are completed in turn.
        for chosen in schedule + list(range(len(callers))) * 6:
            caller = callers[chosen % len(callers)]
            if not caller.done:
                caller.step()
            assert sum(caller.holds for caller in callers) <= limit
        assert all(caller.done for caller in callers)
        held = sum(caller.holds for caller in callers)
        left = sum(reserve([quota]).refused is None for _ in range(limit + 1))
        assert held + left == limit, "nothing is lost either"
