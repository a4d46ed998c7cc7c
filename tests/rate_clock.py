"""A fake clock for rate limits, which also replaces the clock of Redis."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from redis.client import Script

from sessions_api.ratelimits import reservations as ratelimits
from sessions_api.ratelimits.redis_counters import RedisCounters


@contextmanager
def rates_counted_by(clock: Any) -> Iterator[None]:
    """Count rates by a fake clock within the block.

    :param clock: an object with a method ``time()``. It replaces the module ``time``, and the
        command ``TIME`` in Redis scripts.
    """
    run = RedisCounters._run
    lock, loaded = threading.Lock(), set()

    def run_then(self: RedisCounters, script: Script, *arguments: Any) -> Any:
        seconds, fraction = divmod(clock.time(), 1)
        then = f"{{'{int(seconds)}', '{int(fraction * 1_000_000)}'}}"
        text = str(script.script).replace("redis.call('TIME')", then)
        client = script.registered_client
        with lock:
            # The script is loaded first: threads that find it missing take two connections each.
            if (id(client), text) not in loaded:
                client.script_load(text)
                loaded.add((id(client), text))
        return run(self, Script(client, text), *arguments)

    with (
        mock.patch.object(ratelimits, "time", clock),
        mock.patch.object(RedisCounters, "_run", run_then),
    ):
        yield


class Clock:
    """A clock that only changes when ``now`` is set."""

    now = 1_800_000_000.0

    def time(self) -> float:
        return self.now
