"""knox's settings without middleware."""

from benchmarks.contenders.knox.settings import *  # noqa: F403

MIDDLEWARE = []
