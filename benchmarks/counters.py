"""The benchmark's Redis database, which must be empty before and is emptied afterwards."""

import redis

MARK = "made by Cumulonimbus's benchmarks"


class NotEmpty(Exception):
    """The Redis database contains keys that are not the benchmark's."""


def claim(url: str) -> None:
    """Empty the database if a previous run has marked it, and mark it.

    :raises NotEmpty: it has keys but no mark.
    """
    with redis.Redis.from_url(url) as client:
        if client.dbsize() and not client.exists(MARK):
            raise NotEmpty(
                f"{url} contains keys of another program; CACHE_URL must name an empty database."
            )
        client.flushdb()
        client.set(MARK, 1)


def release(url: str) -> None:
    """Empty the database if it has the mark."""
    with redis.Redis.from_url(url) as client:
        if client.exists(MARK):
            client.flushdb()
