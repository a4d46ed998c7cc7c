"""Conditional collection of tests that need PostgreSQL, Redis or namespaces.

``conftest.py`` imports :func:`pytest_ignore_collect`. Tests for another database or cache, or for a
machine with more rights, are not collected; they are never skipped.
"""

import functools
import subprocess
from pathlib import Path

from django.conf import settings


def on_postgresql() -> bool:
    return settings.DATABASES["default"]["ENGINE"].endswith(".postgresql")


def on_redis() -> bool:
    return settings.CACHES["default"]["BACKEND"].endswith(".RedisCache")


@functools.cache
def has_namespaces() -> bool:
    """Return whether this process may make Linux namespaces and mount file systems in them."""
    command = (
        "unshare",
        "--mount",
        "--pid",
        "--net",
        "--fork",
        "mount",
        "-t",
        "tmpfs",
        "x",
        "/mnt",
    )
    try:
        return subprocess.run(command, capture_output=True).returncode == 0
    except FileNotFoundError:
        return False


NEEDS = {"postgresql": on_postgresql, "redis": on_redis, "namespaces": has_namespaces}


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Ignore ``test_*_postgresql.py``, and others that end in a key of ``NEEDS``, without it."""
    needed = NEEDS.get(collection_path.stem.rpartition("_")[2])
    return True if needed and not needed() else None
