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

from sessions_api.counters import Counter

# A script makes one round trip of what would be two for each counter, and its steps are one atomic
# act. The server keeps it, and is sent it anew where it does not.
CHARGE = """
    local counts = {}
    for i, key in ipairs(KEYS) do
        counts[i] = redis.call('INCR', key)
        if counts[i] == 1 then redis.call('EXPIRE', key, ARGV[2 * i]) end
        if counts[i] > tonumber(ARGV[2 * i - 1]) then
            for j = 1, i do redis.call('DECR', KEYS[j]) end
            break
        end
    end
    return counts
"""
REFUND = """
    for _, key in ipairs(KEYS) do
        if tonumber(redis.call('GET', key) or 0) > 0 then redis.call('DECR', key) end
    end
"""


class RedisStore:
    """A :class:`~sessions_api.counters.Store`. Threads may share it, forked processes may not."""

    def __init__(self, cache: RedisCache) -> None:
        self._key = cache.make_key
        client = cache._cache.get_client(write=True)
        self._thread = _Thread(client)
        self._charge = client.register_script(CHARGE)
        self._refund = client.register_script(REFUND)

    def charge(self, counters: Sequence[Counter]) -> list[int]:
        limits = [number for counter in counters for number in (counter.limit, counter.lifetime)]
        counts: list[int] = self._run(self._charge, self._keys(counters), limits)
        return counts

    def refund(self, counters: Sequence[Counter]) -> None:
        self._run(self._refund, self._keys(counters), [])

    def _keys(self, counters: Sequence[Counter]) -> list[str]:
        return [self._key(counter.key) for counter in counters]

    def _run(self, script: Any, keys: list[str], arguments: list[int]) -> Any:
        """:raises redis.RedisError: the server is gone, or does not answer in time."""
        connection = self._thread.client.connection
        try:
            connection.send_command("EVALSHA", script.sha, len(keys), *keys, *arguments)
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
