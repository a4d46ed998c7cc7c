"""The benchmark's own Redis database: empty before, and empty afterwards."""

import redis

MARK = "made by Cumulonimbus's benchmarks"


class NotEmpty(Exception):
    """Somebody else keeps something there."""


def claim(url: str) -> None:
    """Mark the database that a URL names; what a former run has left there goes.

    :raises NotEmpty: see there.
    """
    with redis.Redis.from_url(url) as client:
        if client.dbsize() and not client.exists(MARK):
            raise NotEmpty(f"{url} holds keys of somebody else; CACHE_URL must name an empty one.")
        client.flushdb()
        client.set(MARK, 1)


def release(url: str) -> None:
    """Empty it, unless it is not ours."""
    with redis.Redis.from_url(url) as client:
        if client.exists(MARK):
            client.flushdb()
