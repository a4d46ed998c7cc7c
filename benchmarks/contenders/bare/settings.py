"""Without any middleware."""

from benchmarks.contenders.common import *  # noqa: F403

ROOT_URLCONF = "benchmarks.contenders.bare.urls"
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes"]
MIDDLEWARE: list[str] = []
