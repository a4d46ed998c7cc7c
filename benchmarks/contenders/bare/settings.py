"""Settings without middleware."""

from benchmarks.contenders.common import *  # noqa: F403

ROOT_URLCONF = "benchmarks.contenders.bare.urls"
MIDDLEWARE = []
