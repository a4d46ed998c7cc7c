"""Counters in Redis: one round trip for all that a request is charged, on the shortest way there.

Every request goes this way, and the driver's own, through its pool and what it measures of each
command, costs more than the answer. So each thread keeps a connection; where that one fails, the
question goes the driver's way.
"""

import socket
import struct
import sys
import threading
from collections.abc import Sequence
from typing import Any

from django.core.cache.backends.redis import RedisCache
from redis import exceptions

from sessions_api.ratelimits.windows import Charged, Counter, Window

try:
    import hiredis
except ImportError:  # the driver can do without
    hiredis = None  # type: ignore[assignment]

# A script makes one round trip of what would be two for each counter, and its steps are one atomic
# act. The server keeps it, and is sent it anew where it does not.
#
# A key holds one number: the last second of the window that is counted, times ROOM, and the count.
# So one INCR counts, and tells whether it met another window's number. Whichever host asks, the
# windows are those of the server's clock, and a refund reaches no other window. The key's own end
# only clears up.
#
# ROOM is more than one window ever counts, and small enough for Lua's numbers to be exact until the
# year 2106.
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
    """A :class:`~sessions_api.ratelimits.windows.Counters`. Threads may share it, forked processes
    may not.

    After an error each thread connects anew, for it may be that another server has taken over:
    one that was demoted answers as READONLY for ever. The server's name is then resolved anew.
    """

    def __init__(self, cache: RedisCache) -> None:
        self._key = cache.make_key
        self._client = cache._cache.get_client(write=True)
        self._thread = _Thread(self._client)
        self._charge = self._client.register_script(CHARGE)
        self._refund = self._client.register_script(REFUND)
        #: How often the server has failed.
        self._failures = 0

    def charge(self, counters: Sequence[Counter], now: float) -> Charged:
        """By the server's clock, not by ``now``."""
        numbers = [number for each in counters for number in (each.limit, each.period, each.phase)]
        keys = [self._key(counter.key) for counter in counters]
        seconds, microseconds, counts = self._run(self._charge, keys, numbers)
        return Charged(counts, int(seconds) + int(microseconds) / 1_000_000)

    def refund(self, windows: Sequence[Window]) -> None:
        keys = [self._key(window.counter.key) for window in windows]
        self._run(self._refund, keys, [window.last_second for window in windows])

    def _run(self, script: Any, keys: list[str], arguments: list[int]) -> Any:
        """:raises redis.RedisError: the server is gone, refuses, or does not answer in time."""
        if self._thread.failures != self._failures:
            self._thread.client.connection.disconnect()
            self._thread.failures = self._failures
        try:
            return self._evaluate(script, keys, arguments)
        except exceptions.RedisError:
            self._failures += 1
            self._client.connection_pool.disconnect(inuse_connections=False)
            raise

    def _evaluate(self, script: Any, keys: list[str], arguments: list[int]) -> Any:
        connection = self._thread.client.connection
        try:
            command = ("EVALSHA", script.sha, len(keys), *keys, *arguments)
            # The driver would look at each part before it asks hiredis, which takes four times as
            # long as the answer.
            packed = (
                [hiredis.pack_command(command)] if hiredis else connection.pack_command(*command)
            )
            connection.send_packed_command(packed)
            return connection.read_response()
        except (exceptions.NoScriptError, exceptions.ConnectionError) as error:
            # The kernel's word for its time being up. Nobody shall wait for that twice.
            if isinstance(error.__context__, BlockingIOError):
                raise
            # The server was started anew, or hung up on a connection that was idle for long.
            return script(keys, arguments)


class _Thread(threading.local):
    """What each thread has of its own: a client that keeps one of the pool's connections, until
    the thread ends."""

    def __init__(self, client: Any) -> None:
        self.client = type(client)(
            connection_pool=client.connection_pool, single_connection_client=True
        )
        #: The failures of the server after which it has connected.
        self.failures = 0
        self._connected(self.client.connection)
        self.client.connection.register_connect_callback(self._connected)

    def _connected(self, connection: Any) -> None:
        """Let the kernel keep the connection's time. Python would ask it before each sending and
        each receiving whether that can begin, and let other threads go first each time."""
        timeout, plain = connection.socket_timeout, connection._sock
        if not timeout or type(plain) is not socket.socket or sys.platform != "linux":
            return
        microseconds = int(timeout * 1_000_000)
        limit = struct.pack("@ll", *divmod(microseconds, 1_000_000))  # a timeval: see socket(7)
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)
        plain.settimeout(None)
