"""The settings that the type checker's plugin reads."""

from sessions_api.http import cors

SECRET_KEY = "of no worth"
INSTALLED_APPS = [
    "club",
    "sessions_api",
    "sessions_api.users",
    "killswitches",
    "rest_framework",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
]
AUTH_USER_MODEL = "club.Member"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
CORS_ALLOW_HEADERS = cors.ALLOW_HEADERS + cors.ALLOW_COOKIE_HEADERS
CORS_EXPOSE_HEADERS = cors.EXPOSE_HEADERS + cors.EXPOSE_COOKIE_HEADERS
