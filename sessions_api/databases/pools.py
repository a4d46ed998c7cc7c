"""The pools of database connections of this process."""

from typing import NamedTuple

from django.db import connections


class PoolUse(NamedTuple):
    """The use of a pool.

    :param size: the number of its connections, with those that are being made.
    :param idle: how many of these are idle.
    :param most: the maximum number of connections.
    :param waiting: the number of requests that wait for one.
    """

    size: int
    idle: int
    most: int
    waiting: int


def pool_use() -> PoolUse | None:
    """Return the use of all pools of this process together; None if it has no pool."""
    uses = [
        PoolUse(
            stats.get("pool_size", 0),
            stats.get("pool_available", 0),
            stats.get("pool_max", 0),
            stats.get("requests_waiting", 0),
        )
        for alias in connections
        if (pool := getattr(connections[alias], "pool", None)) is not None
        for stats in [pool.get_stats()]
    ]
    return PoolUse(*map(sum, zip(*uses, strict=True))) if uses else None
