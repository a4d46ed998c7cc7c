"""Counting requests in memory, and writing the counts to a store in the background."""

import logging
import threading
import time
from collections.abc import Collection, Mapping

from django.core.cache import caches
from django.core.cache.backends.redis import RedisCache

from sessions_api.accounts.kinds import AccountKey
from sessions_api.conf import api_settings
from sessions_api.statistics.stores import MemoryTallies, RedisTallies, TallyStore
from sessions_api.statistics.tally import HOUR, MINUTE, REFUSALS, Tally, Traffic

logger = logging.getLogger("sessions_api.statistics")

FLUSH_SECONDS = 5.0
#: How many kinds of calls are distinguished between two flushes: a few megabytes at most.
MOST_CALLS = 20_000


class Recorder:
    """The counts of one process since the last flush.

    Each request updates a dict under a lock. The first one starts a thread that writes the counts
    to the store. While the cache is down they are lost, because statistics must not fail requests.

    :param interval: the seconds between two flushes; None for no thread.
    """

    def __init__(self, interval: float | None = FLUSH_SECONDS) -> None:
        self._interval = interval
        self.reset()

    def reset(self) -> None:
        """Discard all state, which a forked process must do.

        It has no thread, the lock may have been held during the fork, and the counts belong to the
        parent process.
        """
        self._lock = threading.Lock()
        self._tally = Tally(MOST_CALLS)
        self._memory = MemoryTallies()
        self._thread: threading.Thread | None = None
        self._failing = False

    def record(
        self,
        endpoint: str,
        status: int,
        user: AccountKey | None,
        network: str | None,
        closed_by: int | None = None,
    ) -> None:
        now = int(time.time())
        with self._lock:
            self._tally.add_call((now // MINUTE, endpoint, user, network))
            if status in REFUSALS:
                self._tally.add_refusals(now // HOUR, status)
            if closed_by is not None:
                self._tally.add_closed(now // MINUTE, closed_by)
            if self._thread is None and self._interval is not None:
                self._thread = threading.Thread(
                    target=self._flush_for_ever, args=(self._interval,), daemon=True
                )
                self._thread.start()

    def flush(self) -> None:
        with self._lock:
            tally, self._tally = self._tally, Tally(MOST_CALLS)
        if not tally:
            return
        try:
            self._store().add(tally)
        except Exception as error:
            if not self._failing:
                # Without the error's message: for a malformed URL it contains the password.
                logger.warning("Could not store traffic statistics: %s", type(error).__name__)
            self._failing = True
        else:
            self._failing = False

    def traffic(self, endpoints: Collection[str], minutes: int) -> Traffic:
        now = int(time.time()) // MINUTE
        return self.traffic_in(endpoints, range(now - minutes + 1, now + 1))

    def traffic_in(self, endpoints: Collection[str], minutes: range) -> Traffic:
        self.flush()
        return self._store().traffic(endpoints, minutes)

    def closed(self, switch: int, minutes: range) -> int:
        self.flush()
        return self._store().closed(switch, minutes)

    def refusals(self, hours: Collection[int]) -> Mapping[tuple[int, int], int]:
        self.flush()
        return self._store().refusals(hours)

    def _store(self) -> TallyStore:
        cache = caches[api_settings().RATELIMIT_CACHE]
        return RedisTallies(cache) if isinstance(cache, RedisCache) else self._memory

    def _flush_for_ever(self, interval: float) -> None:
        while True:
            time.sleep(interval)
            self.flush()
