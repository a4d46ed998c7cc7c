"""Counters with limits, shared by all processes, that go on in memory while the cache fails.

They live in the cache that ``RATELIMIT_CACHE`` names. While that fails, each process counts in its
own memory and tries the cache again at most once a second; the log says once that it failed and
once that it is back.
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
    """What :func:`charge` did: see :class:`Charged`; and how to take one from given windows in the
    store where they were charged. ``refund`` never fails; what it cannot give back stays
    charged."""

    counts: list[int]
    now: float
    refund: Callable[[Sequence[Window]], None]


def charge(counters: Sequence[Counter], now: float) -> Tally:
    """Add one to each counter in turn until one goes over its limit; that one and those before it
    are then given back, and its count is the last of the tally.

    Each counter changes atomically, whatever threads and processes charge it. Never fails.

    :param now: the UNIX time by this host's clock. In Redis its own counts, for all hosts alike.
    """
    if not counters:
        return Tally([], now, _memory.refund)
    alias = api_settings().RATELIMIT_CACHE
    shared = _shared.get(alias) or _shared.setdefault(alias, _SharedCounters(alias))
    return shared.charge(counters, now)


class _CacheCounters:
    """Counters in any cache of Django's whose ``add`` and ``incr`` are atomic."""

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
            except ValueError:  # the counter is gone
                continue

    def _increment(self, window: Window) -> int:
        cache = self._cache_of(window)
        for _ in range(ATTEMPTS):
            if cache.add(window.key, 1, window.lifetime):
                return 1
            try:
                return cache.incr(window.key)
            except ValueError:  # it went between the two steps
                continue
        # Some clients of Memcached answer like that for ever when the server is down.
        raise ConnectionError("The cache neither adds the counter nor knows it.")


class _SharedCounters:
    """The counters of one cache alias: in that cache while it works, else in memory."""

    def __init__(self, alias: str) -> None:
        self._alias = alias
        self._lock = threading.Lock()
        # How often the cache has failed or come back: odd while it is down. Whoever reports an
        # outcome says which state it was begun in, because a request that the cache answered just
        # before it died, and that reports late, does not show that the cache is back.
        self._state = 0
        self._retry_at = 0.0

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

    def _refund(self, charged_in: int, windows: Sequence[Window]) -> None:
        # After an outage the cache may have lost the charge: taking it from what others have
        # charged since would let one too many in.
        if self._state != charged_in:
            return
        try:
            self._store().refund(windows)
        except Exception as error:
            self._report_failure(charged_in, error)

    def _store(self) -> Counters:
        return self._redis or _CacheCounters(lambda _: caches[self._alias])

    @functools.cached_property
    def _redis(self) -> Counters | None:
        # Kept for all threads, for making a client takes nearly as long as asking it. Of other
        # backends each thread has its own: not all of them may be shared.
        cache = caches[self._alias]
        if not isinstance(cache, RedisCache):
            return None
        # Redis's driver is there only where somebody uses it.
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
        # The error's text is left out, because that of a malformed URL holds the password.
        logger.error(
            "The cache %r fails (%s): this process counts requests in its own memory meanwhile.",
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
        logger.warning("The cache %r is back: requests are counted in it again.", self._alias)
        return state + 1


@functools.cache
def _memory_cache(lifetime: int) -> LocMemCache:
    # One for each lifetime: when it is full, the many counters of a second must not push out
    # those that a login's five minutes rest on.
    options = {"OPTIONS": {"MAX_ENTRIES": MEMORY_ENTRIES}}
    return LocMemCache(f"sessions_api.ratelimits.counters.{lifetime}", options)


_memory = _CacheCounters(lambda window: _memory_cache(window.lifetime))
_shared: dict[str, _SharedCounters] = {}
if hasattr(os, "register_at_fork"):  # not on Windows, where nothing forks
    # A forked process must not speak on its parent's connections.
    os.register_at_fork(after_in_child=_shared.clear)


@receiver(setting_changed)
def _forget(*, setting: str, **_: object) -> None:
    if setting == "CACHES":
        _shared.clear()
