"""The cache backend for tests that run on Redis."""

from typing import Any

from django.core.cache.backends import redis


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
