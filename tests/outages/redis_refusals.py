"""States in which Redis responds but refuses to count, produced on a real server.

Each is a generator: after its first step the server works, after the second it refuses, and when it
ends the server works again.
"""

import threading
from collections.abc import Callable, Iterator
from typing import NamedTuple

import redis

from tests.outages.redis_server import Server, free_port, wait_for

Steps = Callable[[Server, redis.Redis], Iterator[None]]

LAST_SLOT = 16_383
KEYS = 3000
#: With these options, the keys take half a minute to load, while the server responds.
SLOW_TO_LOAD = {
    "key-load-delay": "10000",
    "loading-process-events-interval-bytes": "1024",
    "rdbcompression": "no",
    "enable-debug-command": "yes",
}


class Refusal(NamedTuple):
    """A state in which Redis refuses to count.

    :param options: options of the server's configuration.
    """

    steps: Steps
    options: Callable[[], dict[str, str]] = dict


def commanded(refuse: str, serve: str) -> Steps:
    def steps(server: Server, operator: redis.Redis) -> Iterator[None]:
        yield
        operator.execute_command(refuse)
        yield
        operator.execute_command(serve)

    return steps


def disk_fails(server: Server, operator: redis.Redis) -> Iterator[None]:
    """The server cannot save its data, because there is a directory in place of the file."""

    def save(outcome: str) -> None:
        operator.bgsave()
        wait_for(lambda: operator.info("persistence")["rdb_last_bgsave_status"] == outcome)

    operator.config_set("save", "3600 1")
    yield
    in_the_way = server.directory / "dump.rdb"
    in_the_way.mkdir()
    save("err")
    yield
    in_the_way.rmdir()
    save("ok")


def master_is_gone(server: Server, operator: redis.Redis) -> Iterator[None]:
    """The server has become the replica of an unreachable server."""
    operator.config_set("replica-serve-stale-data", "no")
    yield
    operator.replicaof("127.0.0.1", "1")
    yield
    operator.replicaof("NO", "ONE")


def slot_is_lost(server: Server, operator: redis.Redis) -> Iterator[None]:
    """A cluster refuses all commands while a slot is not served."""

    def until(state: str) -> None:
        wait_for(lambda: operator.execute_command("CLUSTER INFO")["cluster_state"] == state)

    operator.execute_command("CLUSTER ADDSLOTSRANGE", 0, LAST_SLOT)
    until("ok")
    yield
    operator.execute_command("CLUSTER DELSLOTS", LAST_SLOT)
    until("fail")
    yield
    operator.execute_command("CLUSTER ADDSLOTS", LAST_SLOT)
    until("ok")


def starts(server: Server, operator: redis.Redis) -> Iterator[None]:
    """The server has crashed, and is loading its saved data."""
    operator.execute_command("DEBUG POPULATE", KEYS, "key", 1000)
    yield
    operator.save()
    server.kill()
    server.start()
    yield
    _load_at_once(operator)


def loads_anew(server: Server, operator: redis.Redis) -> Iterator[None]:
    """The server reloads all data without closing connections, like a replica that synchronizes."""
    operator.execute_command("DEBUG POPULATE", KEYS, "key", 1000)
    yield
    reload = threading.Thread(target=operator.execute_command, args=["DEBUG RELOAD"])
    reload.start()
    with server.client() as other:
        wait_for(lambda: other.info("persistence")["loading"] == 1)
        yield
        _load_at_once(other)
    reload.join()


def _load_at_once(operator: redis.Redis) -> None:
    operator.config_set("key-load-delay", 0)
    wait_for(lambda: operator.info("persistence")["loading"] == 0)


REFUSALS = {
    "READONLY": Refusal(commanded("REPLICAOF 127.0.0.1 1", "REPLICAOF NO ONE")),
    "OOM": Refusal(commanded("CONFIG SET maxmemory 1", "CONFIG SET maxmemory 0")),
    "NOPERM": Refusal(commanded("ACL SETUSER default -@scripting", "ACL SETUSER default +@all")),
    "MISCONF": Refusal(disk_fails),
    "MASTERDOWN": Refusal(master_is_gone),
    "CLUSTERDOWN": Refusal(
        slot_is_lost, lambda: {"cluster-enabled": "yes", "cluster-port": str(free_port())}
    ),
    "LOADING at its start": Refusal(starts, lambda: SLOW_TO_LOAD),
    "LOADING": Refusal(loads_anew, lambda: SLOW_TO_LOAD),
}
