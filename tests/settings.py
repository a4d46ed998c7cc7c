"""The project's settings for the tests.

``DATABASE_URL`` and ``CACHE_URL`` of the environment choose where the suite runs; without them it
runs on an SQLite file and the in-process cache. Each worker of a parallel run (``pytest -n 2``) has
its own state, its own database (which pytest-django names) and its own keys in the cache.
"""

import os
import tempfile
from pathlib import Path

if "STATE_DIR" not in os.environ:
    _state = tempfile.TemporaryDirectory(prefix="cumulonimbus-", suffix="-tests")
    os.environ["STATE_DIR"] = _state.name
if not os.environ["STATE_DIR"].endswith(os.environ.get("PYTEST_XDIST_WORKER", "")):
    # Inherited, by a worker that has just been started.
    os.environ["STATE_DIR"] += "/" + os.environ["PYTEST_XDIST_WORKER"]
os.environ.setdefault("DEBUG", "true")

from cumulonimbus.settings import *  # noqa: F403
from cumulonimbus.settings import CACHE, DATABASE, PASSWORD_HASHERS, STATE_DIR
from sessions_api.passwords.hashers import Argon2PasswordHasher


class CheapArgon2PasswordHasher(Argon2PasswordHasher):
    """The hasher of production at the least cost that Argon2 allows."""

    time_cost = 1
    memory_cost = 8
    parallelism = 1


PASSWORD_HASHERS = [f"{__name__}.CheapArgon2PasswordHasher", *PASSWORD_HASHERS[1:]]

if DATABASE["ENGINE"].endswith("sqlite3"):
    # A file, for threads and other processes cannot share a database in memory.
    DATABASE["TEST"] = {"NAME": str(Path(STATE_DIR) / "test.sqlite3")}
else:
    # A test database is dropped at the end, which connections waiting in a pool would hinder;
    # and a pool would bound how many threads a test may start.
    DATABASE["OPTIONS"].pop("pool", None)

if CACHE["BACKEND"].endswith("RedisCache"):
    # Workers and runs that share a Redis must not share counters; the processes of one must.
    CACHE["BACKEND"] = "tests.redis_cache.RedisCache"
    CACHE["KEY_PREFIX"] = "-".join(STATE_DIR.parts[1:])
