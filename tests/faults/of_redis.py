"""Faults of Redis, which no request may notice: each process then counts in its own memory."""

from tests.faults.fault import Fault, Strike
from tests.faults.world import World
from tests.processes.server import LOOPBACK


def killed(world: World) -> Strike:
    world.redis.kill()
    yield
    world.redis.start()


def emptied(world: World) -> Strike:
    with world.redis.client() as redis:
        redis.flushall()
    yield


def full(world: World) -> Strike:
    with world.redis.client() as redis:
        redis.config_set("maxmemory-policy", "noeviction")
        redis.config_set("maxmemory", 1)
        yield
        redis.config_set("maxmemory", 0)


def demoted(world: World) -> Strike:
    with world.redis.client() as redis:
        redis.replicaof(LOOPBACK, "1")
        yield
        redis.replicaof("NO", "ONE")


def stopped(world: World) -> Strike:
    with world.redis.asleep():
        yield


FAULTS = [
    Fault("Redis killed", killed),
    Fault("Redis emptied", emptied, lasts=False),
    Fault("Redis full", full),
    Fault("Redis demoted", demoted),
    Fault("Redis stopped", stopped),
]
