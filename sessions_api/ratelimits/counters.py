"""Counters with limits, shared by all processes, with a fallback to memory.

They are kept in the cache that ``RATELIMIT_CACHE`` names. While that fails, each process counts in
its own memory and retries the cache at most once per second. The failure and the recovery are
logged once each.
"""

import functools
import logging
import os
import threading
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from django.core.cache import caches
from django.core.cache.backends.base import BaseCache
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from django.core.signals import setting_changed
from django.dispatch import receiver

from sessions_api.conf import api_settings
from sessions_api.ratelimits.windows import Charged, Counter, Counters, Window

logger = logging.getLogger("sessions_api.ratelimits")

RETRY_SECONDS = 1.0
MEMORY_ENTRIES = 100_000
ATTEMPTS = 3


class Tally(NamedTuple):
    """The result of :func:`charge`: a :class:`Charged`, and a way to undo it.

    :param refund: subtracts one from each of the given windows, in the store in which they were
        charged. Never fails; a charge that cannot be refunded remains.
    """

    counts: list[int]
    now: float
    refund: Callable[[Sequence[Window]], None]


def charge(counters: Sequence[Counter], now: float) -> Tally:
    """Add one to each counter, in order, until one exceeds its limit.

    If one does, it and those before it are refunded, and its count is the last of the tally. Each
    counter is incremented atomically across threads and processes. Never fails.

    :param now: UNIX time by this host's clock. Redis uses its own clock, the same for all hosts.
    """
    if not counters:
        return Tally([], now, _memory.refund)
    return _shared_counters().charge(counters, now)


def reset(counters: Sequence[Counter], now: float) -> bool:
    """Forget the counts of the present windows.

    :param now: UNIX time by this host's clock.
    :returns: whether the shared counts were reached. If not, each process counts in its memory, and
        only the counts of this one were reset. Never fails.
    """
    return _shared_counters().reset(counters, now)


def counts_in_memory() -> bool:
    """Return whether this process counts in its memory, because the cache has failed."""
    return any(shared.has_failed for shared in [*_shared.values()])


class _CacheCounters:
    """Counters in any Django cache whose ``add`` and ``incr`` are atomic.

    :param cache_of: returns the cache of a window.
    """

    def __init__(self, cache_of: Callable[[Window], BaseCache]) -> None:
        self._cache_of = cache_of

    def charge(self, counters: Sequence[Counter], now: float) -> Charged:
        counts: list[int] = []
        windows = [Window(counter, counter.last_second(now)) for counter in counters]
        for window in windows:
            counts.append(self._increment(window))
            if counts[-1] > window.counter.limit:
                self.refund(windows[: len(counts)])
                break
        return Charged(counts, now)

    def refund(self, windows: Sequence[Window]) -> None:
        for window in windows:
            try:
                self._cache_of(window).decr(window.key)
            except ValueError:  # the counter has expired
                continue

    def reset(self, counters: Sequence[Counter], now: float) -> None:
        for counter in counters:
            window = Window(counter, counter.last_second(now))
            self._cache_of(window).delete(window.key)

    def _increment(self, window: Window) -> int:
        cache = self._cache_of(window)
        for _ in range(ATTEMPTS):
            if cache.add(window.key, 1, window.lifetime):
                return 1
            try:
                return cache.incr(window.key)
            except ValueError:  # it expired between the two steps
                continue
        # Some clients of Memcached respond like this while the server is down.
        raise ConnectionError("The cache can neither add nor increment the counter.")


class _SharedCounters:
    """The counters of one cache alias: in that cache while it works, otherwise in memory."""

    def __init__(self, alias: str) -> None:
        self._alias = alias
        self._lock = threading.Lock()
        # Counts failures and recoveries of the cache, so it is odd while the cache is down. Each
        # report says in which state the request began: a late report of a request that the cache
        # answered just before it failed does not show that it has recovered.
        self._state = 0
        self._retry_at = 0.0
        self._made: Counters | None = None
        self._making = threading.Lock()

    @property
    def has_failed(self) -> bool:
        """Whether the cache did not work when it was last needed."""
        return self._state % 2 == 1

    def charge(self, counters: Sequence[Counter], now: float) -> Tally:
        state = self._state
        if state % 2 == 0 or self._may_try():
            try:
                charged = self._store().charge(counters, now)
            except Exception as error:
                self._report_failure(state, error)
            else:
                state = self._report_success(state)
                return Tally(*charged, functools.partial(self._refund, state))
        return Tally(*_memory.charge(counters, now), _memory.refund)

    def reset(self, counters: Sequence[Counter], now: float) -> bool:
        # What was counted here during an outage, too: it counts again in the next one.
        _memory.reset(counters, now)
        state = self._state
        if state % 2 and not self._may_try():
            return False
        try:
            self._store().reset(counters, now)
        except Exception as error:
            self._report_failure(state, error)
            return False
        self._report_success(state)
        return True

    def _refund(self, charged_in: int, windows: Sequence[Window]) -> None:
        # An outage may have lost the charge. Subtracting it from later charges would then admit one
        # request too many.
        if self._state != charged_in:
            return
        try:
            self._store().refund(windows)
        except Exception as error:
            self._report_failure(charged_in, error)

    def _store(self) -> Counters:
        if self._made is None:
            # Threads that come first at once would each make one, with connections of its own.
            with self._making:
                self._made = self._made or self._make()
        return self._made

    def _make(self) -> Counters:
        # Redis is shared by all threads, because creating a client takes nearly as long as a
        # command. Other backends are not shared, because not all of them are thread-safe.
        cache = caches[self._alias]
        if not isinstance(cache, RedisCache):
            return _CacheCounters(lambda _: caches[self._alias])
        # redis-py need not be installed for other caches.
        from sessions_api.ratelimits.redis_counters import RedisCounters

        return RedisCounters(cache)

    def _may_try(self) -> bool:
        with self._lock:
            now = time.monotonic()
            if now < self._retry_at:
                return False
            self._retry_at = now + RETRY_SECONDS
            return True

    def _report_failure(self, state: int, error: Exception) -> None:
        with self._lock:
            if state != self._state or state % 2:
                return
            self._state += 1
            self._retry_at = time.monotonic() + RETRY_SECONDS
        # Without the error's message: for a malformed URL it contains the password.
        logger.error(
            "Could not count requests in the cache %r: %s. This process counts them in its memory.",
            self._alias,
            type(error).__name__,
        )

    def _report_success(self, state: int) -> int:
        if state % 2 == 0:
            return state
        with self._lock:
            if state != self._state:
                return state
            self._state += 1
        logger.warning("The cache %r is available again and counts requests.", self._alias)
        return state + 1


def _shared_counters() -> _SharedCounters:
    alias = api_settings().RATELIMIT_CACHE
    return _shared.get(alias) or _shared.setdefault(alias, _SharedCounters(alias))


@functools.cache
def _memory_cache(lifetime: int) -> LocMemCache:
    # One per lifetime: when a cache is full, the many counters of one-second windows must not evict
    # those of the five minutes for logins.
    options = {"OPTIONS": {"MAX_ENTRIES": MEMORY_ENTRIES}}
    return LocMemCache(f"sessions_api.ratelimits.counters.{lifetime}", options)


_memory = _CacheCounters(lambda window: _memory_cache(window.lifetime))
_shared: dict[str, _SharedCounters] = {}
if hasattr(os, "register_at_fork"):  # missing on Windows, which cannot fork
    # A forked process must not use its parent's connections.
    os.register_at_fork(after_in_child=_shared.clear)


@receiver(setting_changed)
def _forget(*, setting: str, **_: object) -> None:
    if setting == "CACHES":
        _shared.clear()
