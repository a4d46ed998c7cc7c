"""allauth's settings without session tracking and optional middleware."""

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
