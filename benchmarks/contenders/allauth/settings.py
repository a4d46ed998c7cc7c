"""allauth's settings as documented, for a front end that shows users their sessions.

Sessions are therefore tracked. They are read from the cache, the fastest safe backend.
"""

from benchmarks.contenders.common import *  # noqa: F403
from benchmarks.contenders.common import INSTALLED_APPS, MIDDLEWARE

ROOT_URLCONF = "benchmarks.contenders.allauth.urls"
INSTALLED_APPS = [
    *INSTALLED_APPS,
    "allauth",
    "allauth.account",
    "allauth.headless",
    "allauth.usersessions",
]
MIDDLEWARE = [
    *MIDDLEWARE,
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
]
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    }
]
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
HEADLESS_ONLY = True
HEADLESS_CLIENTS = ("browser",)
USERSESSIONS_TRACK_ACTIVITY = True
# The load generator acts as a proxy.
ALLAUTH_TRUSTED_PROXY_COUNT = 1
