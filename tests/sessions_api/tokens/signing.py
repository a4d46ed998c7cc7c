"""Keys in PEM format, and tokens signed with them."""

from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from django.test import override_settings

from sessions_api.tokens.keys import key_ring
from tests.api import Login


def pem(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def public_pem(key: ec.EllipticCurvePublicKey) -> str:
    return key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    ).decode()


def ring(*keys: str) -> Any:
    return override_settings(SESSIONS_API=settings.SESSIONS_API | {"SIGNING_KEYS": keys})


def claims_of(login: Login) -> dict[str, Any]:
    return jwt.decode(login.token, options={"verify_signature": False})


def sign(claims: dict[str, Any], **header: Any) -> str:
    """Sign claims like the service."""
    ring = key_ring()
    headers = {"kid": ring.signing_kid} | header
    return jwt.encode(claims, ring.signing_key, algorithm="ES256", headers=headers)
