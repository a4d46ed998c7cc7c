"""Settings with the apps of all peers, to create and fill their database."""

from benchmarks.contenders.allauth.settings import *  # noqa: F403
from benchmarks.contenders.allauth.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "rest_framework", "knox"]
