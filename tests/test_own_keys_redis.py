"""Test runs that share a Redis server do not affect each other's keys."""

import uuid

from django.conf import settings
from django.core.cache import caches

from tests.redis_cache import RedisCache


def test_clearing_the_cache_removes_only_its_own_keys() -> None:
    config = settings.CACHES["default"] | {"KEY_PREFIX": uuid.uuid4().hex}
    others = RedisCache(config["LOCATION"], config)
    others.set("name", "theirs", timeout=60)
    caches["default"].set("name", "ours", timeout=60)
    assert caches["default"].clear()
    assert caches["default"].get("name") is None
    assert others.get("name") == "theirs"
    others.clear()
    assert others.get("name") is None
