"""What the check of the deployment says of a Redis server.

These tests are collected if the suite runs on Redis.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from sessions_api.checks.redis import check_redis
from tests.outages.redis_server import Server, counted_in, free_port, wait_for

SLOTS = 16_384


@pytest.fixture(autouse=True)
def limited(settings: Any) -> None:
    settings.SESSIONS_API = settings.SESSIONS_API | {"RATELIMIT_ENABLE": True}


@contextmanager
def of(directory: Path, **options: str) -> Iterator[None]:
    with counted_in(Server(directory, **options)):
        yield


class Node(Server):
    """A member of a cluster, which has the slots from ``first`` to before ``end``."""

    def __init__(self, directory: Path, first: int, end: int) -> None:
        self.bus = free_port()
        super().__init__(directory, **{"cluster-enabled": "yes", "cluster-port": str(self.bus)})
        with self.client() as client:
            client.execute_command("CLUSTER", "ADDSLOTSRANGE", first, end - 1)

    def shards(self) -> int:
        with self.client() as client:
            return int(client.cluster("INFO")["cluster_size"])


def ids() -> list[str]:
    return [message.id or "" for message in check_redis()]


@pytest.mark.parametrize("policy", ["allkeys-lru", "volatile-ttl"])
def test_a_server_that_removes_counters_is_a_warning(policy: str, tmp_path: Path) -> None:
    with of(tmp_path, maxmemory="3mb", **{"maxmemory-policy": policy}):
        [message] = check_redis()
        assert (message.id, policy in message.msg) == ("sessions_api.W040", True)


def test_a_server_that_refuses_when_it_is_full_is_fine(tmp_path: Path) -> None:
    with of(tmp_path, maxmemory="3mb"):
        assert ids() == []


def test_a_server_that_does_not_answer_is_left_to_readyz(tmp_path: Path) -> None:
    server = Server(tmp_path)
    with counted_in(server):
        server.kill()
        assert ids() == []


def test_a_cluster_of_one_shard_is_fine(tmp_path: Path) -> None:
    node = Node(tmp_path, 0, SLOTS)
    with counted_in(node):
        wait_for(lambda: node.shards() == 1)
        assert ids() == []


def test_a_cluster_of_several_shards_is_an_error(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    one, two = Node(tmp_path / "one", 0, SLOTS // 2), Node(tmp_path / "two", SLOTS // 2, SLOTS)
    with counted_in(two), counted_in(one):
        with one.client() as client:
            client.cluster("MEET", "127.0.0.1", two.port, two.bus)
        wait_for(lambda: one.shards() == 2)
        [message] = check_redis()
        assert message.id == "sessions_api.E040"
        assert "2 shards" in message.msg
