"""Counting continues in memory while the cache is down."""

import logging
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.cache import caches
from django.core.cache.backends.locmem import LocMemCache
from django.test import override_settings

from sessions_api.ratelimits import counters
from sessions_api.ratelimits.counters import charge
from sessions_api.ratelimits.windows import Counter, Window

pytestmark = pytest.mark.ratelimited

LIMIT = 4
NOW = 1_800_000_000.0


class FragileCache(LocMemCache):
    """A cache that can fail, and that can run a function during its next operation."""

    failure: Exception | None
    meanwhile: Callable[[], object] | None
    keeps_nothing: bool
    calls: int

    def add(self, *args: Any, **kwargs: Any) -> bool:
        self._begin()
        return not self.keeps_nothing and super().add(*args, **kwargs)

    def incr(self, *args: Any, **kwargs: Any) -> int:
        self._begin()
        return super().incr(*args, **kwargs)

    @classmethod
    def _begin(cls) -> None:
        cls.calls += 1
        happen, cls.meanwhile = cls.meanwhile, None
        if happen:
            happen()
        if cls.failure:
            raise cls.failure

    @classmethod
    def recover(cls) -> None:
        cls.failure = cls.meanwhile = None
        cls.keeps_nothing = False
        cls.calls = 0


@pytest.fixture
def fragile() -> Iterator[type[FragileCache]]:
    FragileCache.recover()
    with default_cache(BACKEND=f"{__name__}.FragileCache", LOCATION=uuid.uuid4().hex):
        yield FragileCache


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The clock that determines when the cache is retried."""
    clock = SimpleNamespace(now=100.0, monotonic=lambda: clock.now)
    monkeypatch.setattr(counters, "time", clock)
    return clock


@pytest.fixture
def counter() -> Counter:
    return Counter(uuid.uuid4().hex, LIMIT, period=60, phase=0)


def window_of(counter: Counter) -> Window:
    return Window(counter, counter.last_second(NOW))


def default_cache(**cache: Any) -> override_settings:
    return override_settings(CACHES={"default": cache})


def admitted(counter: Counter, attempts: int) -> int:
    return sum(charge([counter], NOW).counts[-1] <= LIMIT for _ in range(attempts))


def levels(caplog: pytest.LogCaptureFixture) -> list[int]:
    return [record.levelno for record in caplog.records if record.name == counters.logger.name]


class TestOutage:
    def test_during_traffic(
        self,
        clock: Any,
        fragile: type[FragileCache],
        counter: Counter,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        assert admitted(counter, 3) == 3
        fragile.failure = ConnectionError("redis://:secret@cache")
        with ThreadPoolExecutor(20) as threads:
            results = threads.map(lambda _: admitted(counter, 3), range(20))
            assert sum(results) == LIMIT
        assert levels(caplog) == [logging.ERROR]
        assert "secret" not in caplog.text
        fragile.failure = None
        # Counts in memory belong to the process; the cache continues with its own.
        clock.now += counters.RETRY_SECONDS
        assert admitted(counter, 3) == 1
        assert levels(caplog) == [logging.ERROR, logging.WARNING]

    def test_the_cache_is_retried_once_a_second(
        self, clock: Any, fragile: type[FragileCache], counter: Counter
    ) -> None:
        fragile.failure = TimeoutError()
        for now, calls in ((100.0, 1), (100.0, 1), (100.9, 1), (101.0, 2), (101.9, 2)):
            clock.now = now
            charge([counter], NOW)
            assert fragile.calls == calls
        clock.now = 102.0
        with ThreadPoolExecutor(20) as threads:
            for _ in range(40):
                threads.submit(charge, [counter], NOW)
        assert fragile.calls == 3

    def test_another_outage_is_logged_again(
        self,
        clock: Any,
        fragile: type[FragileCache],
        counter: Counter,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        for failure in (OSError(), None, OSError()):
            fragile.failure = failure
            clock.now += counters.RETRY_SECONDS
            charge([counter], NOW)
        assert levels(caplog) == [logging.ERROR, logging.WARNING, logging.ERROR]

    @pytest.mark.parametrize("late", [None, OSError()])
    def test_a_late_response_neither_ends_the_outage_nor_begins_another(
        self,
        clock: Any,
        fragile: type[FragileCache],
        counter: Counter,
        caplog: pytest.LogCaptureFixture,
        late: Exception | None,
    ) -> None:
        def fail_for_another_request() -> None:
            fragile.failure = OSError()
            charge([counter], NOW)
            fragile.failure = late

        fragile.meanwhile = fail_for_another_request
        charge([counter], NOW)
        assert fragile.calls == 2
        charge([counter], NOW)
        assert fragile.calls == 2, "the outage goes on"
        assert levels(caplog) == [logging.ERROR]

    def test_two_simultaneous_successes_end_the_outage_once(
        self,
        clock: Any,
        fragile: type[FragileCache],
        counter: Counter,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        def succeed_for_another_request() -> None:
            clock.now += counters.RETRY_SECONDS
            charge([counter], NOW)

        fragile.failure = OSError()
        charge([counter], NOW)
        fragile.failure = None
        clock.now += counters.RETRY_SECONDS
        fragile.meanwhile = succeed_for_another_request
        charge([counter], NOW)
        assert levels(caplog) == [logging.ERROR, logging.WARNING]
        before = fragile.calls
        charge([counter], NOW)
        assert fragile.calls > before, "the outage is over"

    def test_a_failure_between_two_counters_charges_both_in_memory(
        self, fragile: type[FragileCache], counter: Counter
    ) -> None:
        def fail_the_second() -> None:
            fragile.meanwhile = fail

        def fail() -> None:
            fragile.failure = OSError()

        other = Counter(uuid.uuid4().hex, LIMIT, period=60, phase=0)
        fragile.meanwhile = fail_the_second
        tally = charge([counter, other], NOW)
        assert fragile.calls == 2
        assert tally.counts == [1, 1]
        assert (admitted(counter, 10), admitted(other, 10)) == (LIMIT - 1, LIMIT - 1)

    def test_a_refund_is_made_in_the_store_of_the_charge(
        self, clock: Any, fragile: type[FragileCache], counter: Counter
    ) -> None:
        in_cache = charge([counter], NOW)
        fragile.failure = OSError()
        in_memory = charge([counter], NOW)
        in_cache.refund([window_of(counter)])
        assert admitted(counter, LIMIT + 1) == LIMIT - 1
        in_memory.refund([window_of(counter)])
        assert admitted(counter, LIMIT + 1) == 1
        fragile.failure = None
        clock.now += counters.RETRY_SECONDS
        # The cache may have lost its data, so a refund during the outage has no effect.
        assert admitted(counter, LIMIT + 1) == LIMIT - 1
        in_cache.refund([window_of(counter)])
        assert admitted(counter, 1) == 0

    def test_a_refund_detects_the_outage(
        self, fragile: type[FragileCache], counter: Counter, caplog: pytest.LogCaptureFixture
    ) -> None:
        tally = charge([counter], NOW)
        fragile.failure = OSError()
        tally.refund([window_of(counter)])
        assert levels(caplog) == [logging.ERROR]

    @pytest.mark.parametrize(
        "cache",
        [
            {"BACKEND": "no.such.Cache"},
            {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "nonsense"},
        ],
    )
    def test_a_cache_that_never_worked(
        self, counter: Counter, caplog: pytest.LogCaptureFixture, cache: dict[str, Any]
    ) -> None:
        with default_cache(**cache):
            assert admitted(counter, 10) == LIMIT
        assert levels(caplog) == [logging.ERROR]

    def test_many_short_windows_do_not_evict_long_ones(
        self, fragile: type[FragileCache], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # The memory of a period is created on its first use, and no other test uses these periods.
        monkeypatch.setattr(counters, "MEMORY_ENTRIES", 30)
        key = uuid.uuid4().hex
        counter = Counter(key, LIMIT, period=59, phase=0)
        fragile.failure = OSError()
        assert admitted(counter, LIMIT) == LIMIT
        for number in range(100):
            charge([Counter(f"{key}-{number}", LIMIT, period=3, phase=0)], NOW)
        assert admitted(counter, 1) == 0


class TestGenericCache:
    def test_a_counter_that_expires_between_two_steps_is_created_again(
        self, fragile: type[FragileCache], counter: Counter
    ) -> None:
        def expire_at_the_next() -> None:
            fragile.meanwhile = caches["default"].clear

        charge([counter], NOW)
        fragile.meanwhile = expire_at_the_next
        assert charge([counter], NOW).counts == [1]
        assert fragile.calls == 4
        assert caches["default"].get(window_of(counter).key) == 1

    def test_a_cache_without_effect_counts_as_a_failure(
        self,
        fragile: type[FragileCache],
        counter: Counter,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        fragile.keeps_nothing = True
        assert admitted(counter, 10) == LIMIT
        assert levels(caplog) == [logging.ERROR]

    def test_a_refund_of_a_lost_counter_is_not_a_failure(
        self,
        fragile: type[FragileCache],
        counter: Counter,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        tally = charge([counter], NOW)
        caches["default"].clear()
        tally.refund([window_of(counter)])
        assert caches["default"].get(window_of(counter).key) is None
        assert levels(caplog) == []
