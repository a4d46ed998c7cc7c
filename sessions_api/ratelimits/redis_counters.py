"""Counters in Redis, which charge a request for all its quotas in one round trip.

Every request does this, and redis-py's connection pool and instrumentation cost more time than
Redis itself. So each thread keeps a connection of its own; if it fails, the command is sent through
the pool.
"""

import threading
from collections.abc import Sequence
from typing import Any

from django.core.cache.backends.redis import RedisCache
from redis import exceptions

from sessions_api.ratelimits.windows import Charged, Counter, Window

try:
    import hiredis
except ImportError:  # optional for redis-py
    hiredis = None  # type: ignore[assignment]

# A script needs one round trip instead of two for each counter, and is atomic. The server caches
# it; if it does not have it, it is sent again.
#
# The value of a key is one number: the last second of the window, times ROOM, plus the count. So a
# single INCR both counts and shows whether the key still belongs to an earlier window. Windows
# follow the server's clock, whichever host asks, and a refund cannot reach another window. The
# expiry of a key only frees memory.
#
# ROOM is more than any window counts, and small enough for Lua's numbers (doubles) to stay exact
# until the year 2106.
CHARGE = """
    local ROOM = 2097152
    local time = redis.call('TIME')
    local now, counts = tonumber(time[1]), {}
    for i, key in ipairs(KEYS) do
        local limit, period, phase = tonumber(ARGV[3 * i - 2]), ARGV[3 * i - 1], ARGV[3 * i]
        local zero = (now + (phase - now) % period) * ROOM
        local count = redis.call('INCR', key) - zero
        if count < 1 or count >= ROOM then
            count = 1
            redis.call('SET', key, string.format('%.0f', zero + 1), 'EX', period + 5)
        end
        counts[i] = count
        if count > limit then
            for j = 1, i do redis.call('DECR', KEYS[j]) end
            break
        end
    end
    return {time[1], time[2], counts}
"""
REFUND = """
    local ROOM = 2097152
    for i, key in ipairs(KEYS) do
        local count = (redis.call('GET', key) or 0) - ARGV[i] * ROOM
        if count > 0 and count < ROOM then redis.call('DECR', key) end
    end
"""


class RedisCounters:
    """Implements :class:`~sessions_api.ratelimits.windows.Counters`. Thread-safe, not fork-safe.

    After an error each thread reconnects, which also resolves the server's name again: another
    server may have taken over, and a demoted one responds ``READONLY`` to every write.
    """

    def __init__(self, cache: RedisCache) -> None:
        self._key = cache.make_key
        self._client = cache._cache.get_client(write=True)
        self._thread = _Thread()
        self._charge = self._client.register_script(CHARGE)
        self._refund = self._client.register_script(REFUND)
        #: How often the server has failed.
        self._failures = 0

    def charge(self, counters: Sequence[Counter], now: float) -> Charged:
        """Charge the counters by the server's clock; ``now`` is ignored."""
        numbers = [number for each in counters for number in (each.limit, each.period, each.phase)]
        keys = [self._key(counter.key) for counter in counters]
        seconds, microseconds, counts = self._run(self._charge, keys, numbers)
        return Charged(counts, int(seconds) + int(microseconds) / 1_000_000)

    def refund(self, windows: Sequence[Window]) -> None:
        keys = [self._key(window.counter.key) for window in windows]
        self._run(self._refund, keys, [window.last_second for window in windows])

    def reset(self, counters: Sequence[Counter], now: float) -> None:
        """Forget all counts; ``now`` is ignored, because a key holds its present window only."""
        # Through the pool: this is rare.
        self._client.delete(*(self._key(counter.key) for counter in counters))

    def _run(self, script: Any, keys: list[str], arguments: list[int]) -> Any:
        """Run a script on the server.

        :raises redis.RedisError: the server is unreachable, refuses, or does not answer in time.
        """
        try:
            return self._evaluate(script, keys, arguments)
        except exceptions.RedisError:
            self._failures += 1
            self._client.connection_pool.disconnect(inuse_connections=False)
            raise

    def _evaluate(self, script: Any, keys: list[str], arguments: list[int]) -> Any:
        connection = self._connection()
        try:
            command = ("EVALSHA", script.sha, len(keys), *keys, *arguments)
            # redis-py would inspect each argument before it calls hiredis, which takes four times
            # as long as the server's answer.
            packed = (
                [hiredis.pack_command(command)] if hiredis else connection.pack_command(*command)
            )
            connection.send_packed_command(packed)
            return connection.read_response()
        except (exceptions.NoScriptError, exceptions.ConnectionError):
            # The server has restarted, or has closed the idle connection.
            return script(keys, arguments)

    def _connection(self) -> Any:
        """Return the connection of this thread, which reconnects if the server has failed since."""
        thread = self._thread
        if thread.client is None:
            thread.client = type(self._client)(
                connection_pool=self._client.connection_pool, single_connection_client=True
            )
        elif thread.failures != self._failures:
            thread.client.connection.disconnect()
        thread.failures = self._failures
        return thread.client.connection


class _Thread(threading.local):
    """The state of a thread: a client that holds a connection of the pool until the thread ends.

    It connects when it is first used. Otherwise threads would wait for each other to connect.
    """

    client: Any = None
    #: The value of ``RedisCounters._failures`` when the thread last connected.
    failures = 0
