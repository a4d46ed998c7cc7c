"""Settings under which the peers' database is made and filled: with the apps of all of them."""

from benchmarks.contenders.allauth.settings import *  # noqa: F403
from benchmarks.contenders.allauth.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "rest_framework", "knox"]
