"""Conditional collection of tests that need PostgreSQL or Redis.

``conftest.py`` imports :func:`pytest_ignore_collect`. Tests for another database or cache are not
collected; they are never skipped.
"""

from pathlib import Path

from django.conf import settings


def on_postgresql() -> bool:
    return settings.DATABASES["default"]["ENGINE"].endswith(".postgresql")


def on_redis() -> bool:
    return settings.CACHES["default"]["BACKEND"].endswith(".RedisCache")


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Ignore ``test_*_postgresql.py`` and ``test_*_redis.py`` unless the suite runs on these."""
    kind = collection_path.stem.rpartition("_")[2]
    if (kind == "postgresql" and not on_postgresql()) or (kind == "redis" and not on_redis()):
        return True
    return None
