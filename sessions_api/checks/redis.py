"""A system check of the Redis server that counts requests: ``check --deploy`` asks it."""

from django.core import checks
from django.core.cache import caches
from django.core.cache.backends.redis import RedisCache

from sessions_api.checks.messages import error, warning
from sessions_api.checks.settings import fits_settings
from sessions_api.conf import api_settings


@checks.register("sessions_api", deploy=True)
def check_redis(**kwargs: object) -> list[checks.CheckMessage]:
    """E040: the server is a cluster of several shards, on which Django's cache cannot write.

    W040: the server removes counters when its memory is full, and whoever fills it can go on
    guessing. A server that does not answer is left to ``/readyz``.
    """
    if not (fits_settings() and api_settings().RATELIMIT_ENABLE):
        return []
    alias = api_settings().RATELIMIT_CACHE
    cache = caches[alias]
    if not isinstance(cache, RedisCache):
        return []
    from redis import RedisError

    try:
        # The client of Django's cache has no public name; nor has redis-py's pool behind it.
        client = cache._cache.get_client(write=True)
        server = client.info()
        shards = int(client.cluster("INFO")["cluster_size"]) if server.get("cluster_enabled") else 1
    except (RedisError, OSError):
        return []
    if shards > 1:
        text = f"The cache {alias!r} is a Redis Cluster of {shards} shards."
        hint = "Use one server with replicas and Sentinel, or a cluster of one shard."
        return [error("E040", text, hint)]
    policy = server.get("maxmemory_policy", "noeviction")
    if policy == "noeviction":
        return []
    text = f"The cache {alias!r} removes counters when its memory is full ({policy})."
    hint = "Give the counters a Redis server of their own, with:\nmaxmemory-policy noeviction"
    return [warning("W040", text, hint)]
