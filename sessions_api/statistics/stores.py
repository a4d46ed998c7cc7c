"""Stores of traffic statistics: Redis, or the memory of a process."""

import threading
from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Protocol

from django.core.cache.backends.redis import RedisCache

from sessions_api.statistics.tally import HOUR, MINUTE, Tally, Traffic

if TYPE_CHECKING:
    from redis import Redis

#: How long counts by the minute and by the hour are kept.
KEPT_MINUTES = 20
KEPT_HOURS = 15 * 24
#: How long refusals by kill switches are kept, by the minute: a day before and after a flip.
KEPT_CLOSED_HOURS = 50

#: How many kinds of calls a process distinguishes in all the minutes that it keeps.
MOST_CALLS_KEPT = 100_000


class TallyStore(Protocol):
    def add(self, tally: Tally) -> None:
        """Add counts to the stored ones."""

    def traffic(self, endpoints: Collection[str], minutes: Collection[int]) -> Traffic:
        """Return the traffic of the endpoints in these minutes (UNIX time in whole minutes)."""

    def refusals(self, hours: Collection[int]) -> Mapping[tuple[int, int], int]:
        """Return the refusals in these hours (UNIX time in whole hours), by hour and status."""

    def closed(self, switch: int, minutes: range) -> int:
        """Return how many requests a kill switch has refused in these minutes (UNIX time).

        :param switch: its number.
        """


class MemoryTallies:
    """The counts of one process. Thread-safe."""

    def __init__(self) -> None:
        self._kept = Tally(MOST_CALLS_KEPT)
        self._lock = threading.Lock()

    def add(self, tally: Tally) -> None:
        if not tally:
            return
        newest = max(minute for minute, *_ in tally.calls)
        with self._lock:
            self._kept.forget(
                minutes_before=newest - KEPT_MINUTES,
                hours_before=newest * MINUTE // HOUR - KEPT_HOURS,
                closed_before=newest - KEPT_CLOSED_HOURS * HOUR // MINUTE,
            )
            for call, times in tally.calls.items():
                self._kept.add_call(call, times)
            for (hour, status), times in tally.refusals.items():
                self._kept.add_refusals(hour, status, times)
            for (minute, switch), times in tally.closed.items():
                self._kept.add_closed(minute, switch, times)

    def traffic(self, endpoints: Collection[str], minutes: Collection[int]) -> Traffic:
        with self._lock:
            return self._kept.traffic(endpoints, minutes)

    def refusals(self, hours: Collection[int]) -> Mapping[tuple[int, int], int]:
        with self._lock:
            return {key: times for key, times in self._kept.refusals.items() if key[0] in hours}

    def closed(self, switch: int, minutes: range) -> int:
        with self._lock:
            found = self._kept.closed.items()
            return sum(n for (minute, one), n in found if one == switch and minute in minutes)


class RedisTallies:
    """The counts of all processes that share a Redis.

    A hash for each minute counts the requests by endpoint, one for each day the refusals by hour
    and status, and one for each kill switch and hour its refusals by minute. Callers are counted by
    HyperLogLogs, which estimate how many there were (within 1 %) and do not store who.
    """

    def __init__(self, cache: RedisCache) -> None:
        self._cache = cache
        self._client: Redis = cache._cache.get_client(write=True)

    def add(self, tally: Tally) -> None:
        """Add counts to the stored ones, in one round trip."""
        requests: dict[tuple[int, str], int] = defaultdict(int)
        callers: dict[str, set[str]] = defaultdict(set)
        for (minute, endpoint, user, network), times in tally.calls.items():
            requests[minute, endpoint] += times
            if user is not None:
                callers[self._key("users", minute, endpoint)].add(str(user))
            if network is not None:
                callers[self._key("anonymous", minute, endpoint)].add(network)
        lifetimes: dict[str, int] = dict.fromkeys(callers, KEPT_MINUTES * MINUTE)
        pipeline = self._client.pipeline(transaction=False)
        for (minute, endpoint), times in requests.items():
            key = self._key("requests", minute)
            lifetimes[key] = KEPT_MINUTES * MINUTE
            pipeline.hincrby(key, endpoint, times)
        for key, who in callers.items():
            pipeline.pfadd(key, *who)
        for (hour, status), times in tally.refusals.items():
            key = self._key("refusals", hour // 24)
            lifetimes[key] = (KEPT_HOURS + 24) * HOUR
            pipeline.hincrby(key, f"{hour}:{status}", times)
        for (minute, switch), times in tally.closed.items():
            key = self._key("closed", switch, minute * MINUTE // HOUR)
            lifetimes[key] = (KEPT_CLOSED_HOURS + 1) * HOUR
            pipeline.hincrby(key, str(minute), times)
        for key, seconds in lifetimes.items():
            pipeline.expire(key, seconds)
        try:
            pipeline.execute()
        except Exception:
            # Another server may have taken over, and this one would refuse all further writes.
            self._client.connection_pool.disconnect(inuse_connections=False)
            raise

    def traffic(self, endpoints: Collection[str], minutes: Collection[int]) -> Traffic:
        """Return the traffic of the endpoints, in one round trip."""
        if not endpoints:
            return Traffic(0, 0, 0)
        pipeline = self._client.pipeline(transaction=False)
        for kind in ("users", "anonymous"):
            pipeline.pfcount(
                *(self._key(kind, minute, one) for minute in minutes for one in endpoints)
            )
        for minute in minutes:
            pipeline.hmget(self._key("requests", minute), list(endpoints))
        users, anonymous, *counts = pipeline.execute()
        requests = sum(int(times or 0) for minute in counts for times in minute)
        return Traffic(requests, users, anonymous)

    def refusals(self, hours: Collection[int]) -> Mapping[tuple[int, int], int]:
        """Return the refusals by hour and status, in one round trip."""
        pipeline = self._client.pipeline(transaction=False)
        for day in sorted({hour // 24 for hour in hours}):
            pipeline.hgetall(self._key("refusals", day))
        found: dict[tuple[int, int], int] = {}
        for counts in pipeline.execute():
            for field, times in counts.items():
                hour, status = map(int, field.split(b":"))
                if hour in hours:
                    found[hour, status] = int(times)
        return found

    def closed(self, switch: int, minutes: range) -> int:
        """Return the refusals by a kill switch, in one round trip."""
        pipeline = self._client.pipeline(transaction=False)
        for hour in sorted({minute * MINUTE // HOUR for minute in minutes}):
            pipeline.hgetall(self._key("closed", switch, hour))
        return sum(
            int(times)
            for counts in pipeline.execute()
            for minute, times in counts.items()
            if int(minute) in minutes
        )

    def _key(self, *parts: object) -> str:
        # The hash tag puts all keys into one slot of a Redis Cluster.
        name = ":".join(map(str, ("{sessions_api.statistics}", *parts)))
        return str(self._cache.make_key(name))
