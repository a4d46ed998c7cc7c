"""Simple JWT's settings as documented, with ES256, which the service uses too."""

from datetime import timedelta
from pathlib import Path

from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)

from benchmarks.contenders.common import *  # noqa: F403
from benchmarks.contenders.common import INSTALLED_APPS
from cumulonimbus.settings import SIGNING_KEYS

ROOT_URLCONF = "benchmarks.contenders.simplejwt.urls"
INSTALLED_APPS = [*INSTALLED_APPS, "rest_framework"]
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework_simplejwt.authentication.JWTAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
}
_private = Path(SIGNING_KEYS[0]).read_bytes()
_public = load_pem_private_key(_private, None).public_key()
SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(days=1),
    "ALGORITHM": "ES256",
    "SIGNING_KEY": _private.decode(),
    "VERIFYING_KEY": _public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode(),
}
