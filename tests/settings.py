"""The project's settings for the tests.

The environment variables ``DATABASE_URL`` and ``CACHE_URL`` select the database and the cache; by
default, the suite runs on an SQLite file and the in-process cache. Each worker of a parallel run
(``pytest -n 2``) has its own ``STATE_DIR``, database (named by pytest-django) and cache keys.
"""

import os
import tempfile
from pathlib import Path

if "STATE_DIR" not in os.environ:
    _state = tempfile.TemporaryDirectory(prefix="cumulonimbus-", suffix="-tests")
    os.environ["STATE_DIR"] = _state.name
if not os.environ["STATE_DIR"].endswith(os.environ.get("PYTEST_XDIST_WORKER", "")):
    # Workers inherit this from the main process.
    os.environ["STATE_DIR"] += "/" + os.environ["PYTEST_XDIST_WORKER"]
os.environ.setdefault("DEBUG", "true")

from cumulonimbus.settings import *  # noqa: F403
from cumulonimbus.settings import (
    CACHE,
    DATABASE,
    PASSWORD_HASHERS,
    SESSIONS_API,
    STATE_DIR,
)
from sessions_api.passwords.hashers import Argon2PasswordHasher


class CheapArgon2PasswordHasher(Argon2PasswordHasher):
    """The production hasher at the lowest cost that Argon2 allows."""

    time_cost = 1
    memory_cost = 8
    parallelism = 1


PASSWORD_HASHERS = [f"{__name__}.CheapArgon2PasswordHasher", *PASSWORD_HASHERS[1:]]

if DATABASE["ENGINE"].endswith("sqlite3"):
    # A file, because threads and other processes cannot share an in-memory database.
    DATABASE["TEST"] = {"NAME": str(Path(STATE_DIR) / "test.sqlite3")}
else:
    DATABASE["ENGINE"] = "tests.postgresql"
    # Idle connections in a pool would prevent dropping the test database, and a pool would limit
    # the number of threads in a test.
    DATABASE["OPTIONS"].pop("pool", None)

if CACHE["BACKEND"].endswith("RedisCache"):
    # Workers and runs must not share counters in Redis, but the processes of one worker must.
    CACHE["BACKEND"] = "tests.redis_cache.RedisCache"
    CACHE["KEY_PREFIX"] = "-".join(STATE_DIR.parts[1:])

# Tests log in by Django's test client. Those of the console's sessions turn this on.
SESSIONS_API["CONSOLE_SESSIONS"] = False
