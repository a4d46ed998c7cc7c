"""A second host of the apps. Its accounts have a UUID and an email address, and no username.

It contains only what such a project must set. It uses the database server of the suite
(``DATABASE_URL``), with a database of its own.
"""

import tempfile
from pathlib import Path

import django
import environ
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from sessions_api.passwords.hashers import PBKDF2PasswordHasher

_directory = tempfile.TemporaryDirectory(prefix="host-tests-")
STATE_DIR = Path(_directory.name)

SECRET_KEY = "of no worth"
SIGNING_KEY = (
    ec.generate_private_key(ec.SECP256R1())
    .private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    .decode()
)
DEBUG = True

INSTALLED_APPS = [
    "tests.host",
    "tests.host.lost_devices",
    "sessions_api",
    "sessions_api.incidents",
    "sessions_api.notices",
    "sessions_api.users",
    "killswitches",
    "rest_framework",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]
MIDDLEWARE = [
    "killswitches.middleware.CompleteFormsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "sessions_api.http.cookies.middleware.SessionCookieMiddleware",
]
ROOT_URLCONF = "tests.host.urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

SESSIONS_API = {
    "SIGNING_KEYS": [SIGNING_KEY],
    "SITE_URL": "https://host.example",
    "COOKIES": True,
}

# Tests send no mail. A project would name its server here.
if django.VERSION >= (6, 1):
    MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}
else:
    EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

_database = environ.Env().db_url("DATABASE_URL", default=f"sqlite:///{STATE_DIR}/db.sqlite3")
_database["TEST"] = {"NAME": f"test_{Path(_database['NAME']).stem}_host"}
DATABASES = {"default": _database}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SERIALIZATION_MODULES = {"xml": "sessions_api.models.xml_dumps"}
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "OPTIONS": {"MAX_ENTRIES": 10_000},
    }
}

# For the host's own API. These permissions and throttles would close the app's login.
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "sessions_api.http.authentication.SessionTokenAuthentication"
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAdminUser"],
    "DEFAULT_THROTTLE_CLASSES": ["rest_framework.throttling.AnonRateThrottle"],
    "DEFAULT_THROTTLE_RATES": {"anon": "1/day"},
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}

AUTH_USER_MODEL = "host.Member"


class CheapPasswordHasher(PBKDF2PasswordHasher):
    """A hasher with the lowest cost, for fast tests."""

    iterations = 1


PASSWORD_HASHERS = [f"{__name__}.CheapPasswordHasher"]
STATIC_URL = "static/"
USE_TZ = True
