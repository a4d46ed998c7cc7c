"""As allauth's documentation has them, for a front end that shows its users where they are logged
in: sessions are tracked. They are read from the cache, its fastest safe way."""

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
# The proxy's, which is where the callers come from.
ALLAUTH_TRUSTED_PROXY_COUNT = 1
