"""Without the tracking of sessions, and without any middleware that allauth does not need."""

from benchmarks.contenders.allauth.settings import *  # noqa: F403
from benchmarks.contenders.allauth.settings import INSTALLED_APPS

INSTALLED_APPS = [app for app in INSTALLED_APPS if app != "allauth.usersessions"]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
HEADLESS_CLIENTS = ("app",)
