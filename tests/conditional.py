"""Tests of what one database or cache alone can do are collected where the suite runs on it.

The conftest of all tests imports :func:`pytest_ignore_collect`. None of the tests is ever skipped.
"""

from pathlib import Path

from django.conf import settings


def on_postgresql() -> bool:
    return settings.DATABASES["default"]["ENGINE"].endswith(".postgresql")


def on_redis() -> bool:
    return settings.CACHES["default"]["BACKEND"].endswith(".RedisCache")


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Leave out ``test_*_postgresql.py`` and ``test_*_redis.py`` where the suite runs on others."""
    kind = collection_path.stem.rpartition("_")[2]
    if (kind == "postgresql" and not on_postgresql()) or (kind == "redis" and not on_redis()):
        return True
    return None
