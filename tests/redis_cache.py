"""The cache backend for tests that run on Redis."""

from typing import Any

from django.conf import settings
from django.core.cache.backends import redis
from redis import Redis


class RedisCache(redis.RedisCache):
    """Django's backend, whose ``clear()`` removes only keys with its own prefix.

    The other workers of a run, and other runs, may use the same Redis database.
    """

    _cache: Any

    def clear(self) -> bool:
        client = self._cache.get_client(write=True)
        if keys := list(client.scan_iter(f"{self.key_prefix}:*", count=10_000)):
            client.delete(*keys)
        return True


def redis_client() -> Redis:
    """Return a client of the suite's server that is independent of the caches."""
    return Redis.from_url(settings.CACHES["default"]["LOCATION"])
