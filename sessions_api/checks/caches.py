"""A system check of the cache that counts requests."""

from importlib.util import find_spec

from django.conf import settings
from django.core import checks
from django.core.cache import InvalidCacheBackendError, caches
from django.core.cache.backends.db import DatabaseCache
from django.core.cache.backends.dummy import DummyCache
from django.core.cache.backends.filebased import FileBasedCache
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache

from killswitches.checks import add_to
from sessions_api.checks.messages import error, missing
from sessions_api.checks.settings import fits_settings
from sessions_api.conf import api_settings, in_development

#: A memory cache with fewer entries may evict counters that are still needed.
FEWEST_ENTRIES = 10_000

MEMORY = (
    '{"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": '
    "10_000}}"
)
REDIS = (
    '{"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": '
    '"redis://127.0.0.1:6379"}'
)


@checks.register("sessions_api")
def check_cache(**kwargs: object) -> list[checks.CheckMessage]:
    """E004: the cache cannot be used, or cannot count requests exactly.

    W004: it cannot count them exactly, in development: with ``DEBUG`` or in tests.
    """
    if not (fits_settings() and api_settings().RATELIMIT_ENABLE):
        return []
    alias = api_settings().RATELIMIT_CACHE
    try:
        cache = caches[alias]
    except (InvalidCacheBackendError, ImportError) as problem:
        return [error("E004", f"The cache {alias!r} cannot be loaded: {problem}", _hint(alias))]
    if isinstance(cache, RedisCache) and find_spec("redis") is None:
        text = f"The cache {alias!r} cannot be used, because redis-py is not installed."
        return [error("E004", text, "Install it:\npip install 'redis[hiredis]'")]
    reason = _reason(alias)
    return [missing("004", f"The cache {alias!r} {reason}.", _hint(alias))] if reason else []


def _reason(alias: str) -> str | None:
    """Return why a cache cannot count requests exactly, as the rest of a sentence.

    :returns: None for Redis, Memcached and backends that are not Django's, and in development for a
        memory cache of enough entries.
    """
    cache = caches[alias]
    if isinstance(cache, DatabaseCache | FileBasedCache):
        return "lets parallel requests exceed their limit"
    if isinstance(cache, DummyCache):
        return "keeps nothing, so nothing is limited"
    if isinstance(cache, LocMemCache):
        if not in_development():
            return "counts in each process on its own"
        options = settings.CACHES[alias].get("OPTIONS", {})
        if int(options.get("MAX_ENTRIES", 0)) < FEWEST_ENTRIES:
            return "forgets counters when it is full"
    return None


def _hint(alias: str) -> str:
    cache = MEMORY if in_development() else REDIS
    # A project that sets no caches has Django's default, which is not in its settings file.
    given = settings.is_overridden("CACHES")  # type: ignore[misc]
    line = f'CACHES["{alias}"] = {cache}' if given else f'CACHES = {{"{alias}": {cache}}}'
    return add_to("settings.py", line)
