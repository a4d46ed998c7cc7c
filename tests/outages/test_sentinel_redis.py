"""Sentinel promotes a replica, and requests are counted there.

These tests are collected if the suite runs on Redis.
"""

import subprocess
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis

from sessions_api.ratelimits import counters
from sessions_api.ratelimits.windows import Counter
from tests.outages.redis_server import Server, counted_at, free_port, wait_for

NAME = "counters"
#: Milliseconds until the sentinel takes a silent server to be down.
DOWN_AFTER = 300
#: The longest that a request may wait for a Redis that is not there, in seconds.
MAX_WAIT = 1.0


class Watched:
    """A master, its replica, and a sentinel that watches both."""

    def __init__(self, directory: Path) -> None:
        for name in ("master", "replica"):
            (directory / name).mkdir()
        self.master = Server(directory / "master")
        self.replica = Server(directory / "replica", replicaof=f"127.0.0.1 {self.master.port}")
        self.port = free_port()
        configuration = directory / "sentinel.conf"
        configuration.write_text(
            f"port {self.port}\nbind 127.0.0.1\ndir {directory}\n"
            f"sentinel monitor {NAME} 127.0.0.1 {self.master.port} 1\n"
            f"sentinel down-after-milliseconds {NAME} {DOWN_AFTER}\n"
            f"sentinel failover-timeout {NAME} 5000\n"
        )
        self._process = subprocess.Popen(
            ["redis-server", str(configuration), "--sentinel"], stdout=subprocess.DEVNULL
        )
        wait_for(self._sees_the_replica)

    def promote(self) -> None:
        """Have the sentinel promote the replica although the master works."""
        with redis.Redis(port=self.port) as sentinel:
            sentinel.execute_command("SENTINEL", "FAILOVER", NAME)
        self.wait_for_promotion()

    def wait_for_promotion(self) -> None:
        wait_for(self._is_promoted)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
        self.master.kill()
        self.replica.kill()

    def _is_promoted(self) -> bool:
        try:
            with self.replica.client() as client:
                return client.role()[0] in ("master", b"master")
        except redis.ConnectionError:
            # A server closes its connections when its role changes.
            return False

    def _sees_the_replica(self) -> bool:
        try:
            with redis.Redis(port=self.port) as sentinel, self.replica.client() as replica:
                state = sentinel.sentinel_master(NAME)
                return state["num-slaves"] == 1 and replica.info()["master_link_status"] == "up"
        except redis.ConnectionError:
            return False


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    watched = Watched(tmp_path)
    try:
        with counted_at(f"redis+sentinel://127.0.0.1:{watched.port}/{NAME}/0"):
            yield watched
    finally:
        watched.kill()


@pytest.fixture
def counter(watched: Watched) -> Counter:
    """A counter that the replica knows to be at three."""
    counter = Counter(uuid.uuid4().hex, 1000, period=10**6, phase=0)
    assert [count(counter) for _ in range(3)] == [1, 2, 3]
    with watched.master.client() as master:
        # WAIT is for the writes of its own connection. They are replicated in order.
        master.incr("last")
        assert master.wait(1, 5000) == 1
    return counter


@contextmanager
def quickly() -> Iterator[None]:
    began = time.monotonic()
    yield
    assert time.monotonic() - began < MAX_WAIT, "a request waited for the failover"


def count(counter: Counter) -> int:
    with quickly():
        [counted] = counters.charge([counter], now=12.5).counts
    return counted


def is_counted_by(server: Server, counter: Counter) -> bool:
    """Count once more, and return whether the server has done it."""
    with server.client() as client:
        before = client.mget(client.keys())
        count(counter)
        return bool(client.mget(client.keys()) != before)


def test_counts_go_on_where_a_replica_was_promoted(watched: Watched, counter: Counter) -> None:
    watched.promote()
    wait_for(lambda: is_counted_by(watched.replica, counter))
    assert count(counter) > 4


def test_a_killed_master_is_replaced(watched: Watched, counter: Counter) -> None:
    watched.master.kill()
    assert count(counter) == 1, "in memory"
    watched.wait_for_promotion()
    wait_for(lambda: is_counted_by(watched.replica, counter))
    assert count(counter) > 4
