"""The signing key ring: one key signs new tokens, all of them verify.

To rotate keys, insert a new private key at the front of ``SIGNING_KEYS``. Keep the old one, or only
its public key, until the last token that it has signed expires.
"""

import functools
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed
from django.dispatch import receiver
from jwt.algorithms import ECAlgorithm
from jwt.utils import base64url_encode

from sessions_api.conf import SETTINGS_NAME, api_settings, in_development


@dataclass(frozen=True, eq=False)
class KeyRing:
    """The private key that signs, and the public keys that verify, by key id (``kid``).

    Rings compare by identity, so that a cached verification is not valid for another ring.
    """

    signing_kid: str
    signing_key: ec.EllipticCurvePrivateKey
    verifying_keys: Mapping[str, ec.EllipticCurvePublicKey]


@functools.cache
def key_ring() -> KeyRing:
    """Return the key ring of the setting ``SIGNING_KEYS``.

    In development, a setting without keys gives a ring with a new key, which lives as long as the
    process.

    :raises ImproperlyConfigured: there is no key, one cannot be read, one is not on the curve
        P-256, or the first is not a private key.
    """
    keys = [_load(str(source)) for source in api_settings().SIGNING_KEYS]
    if not keys and in_development():
        keys = [ec.generate_private_key(ec.SECP256R1())]
    if not keys:
        raise ImproperlyConfigured("SESSIONS_API['SIGNING_KEYS'] names no key.")
    first = keys[0]
    if not isinstance(first, ec.EllipticCurvePrivateKey):
        raise ImproperlyConfigured(
            "The first of SESSIONS_API['SIGNING_KEYS'] signs: it must be a private key."
        )
    public_keys = [
        key.public_key() if isinstance(key, ec.EllipticCurvePrivateKey) else key for key in keys
    ]
    return KeyRing(
        signing_kid=thumbprint(first.public_key()),
        signing_key=first,
        verifying_keys={thumbprint(key): key for key in public_keys},
    )


def thumbprint(key: ec.EllipticCurvePublicKey) -> str:
    """Return the JWK thumbprint of a key (RFC 7638, SHA-256), which is its ``kid``."""
    members = {
        name: value
        for name, value in ECAlgorithm.to_jwk(key, as_dict=True).items()
        if name in {"crv", "kty", "x", "y"}
    }
    canonical = json.dumps(members, sort_keys=True, separators=(",", ":"))
    digest = hashlib.sha256(canonical.encode()).digest()
    return base64url_encode(digest).decode()


def _load(source: str) -> ec.EllipticCurvePrivateKey | ec.EllipticCurvePublicKey:
    """Load one key. Errors name the file, but never quote its content."""
    is_text = source.lstrip().startswith("-----BEGIN")
    label = "A PEM text" if is_text else source
    try:
        pem = source.encode() if is_text else Path(source).read_bytes()
        key = (
            serialization.load_pem_private_key(pem, password=None)
            if b"PRIVATE KEY" in pem
            else serialization.load_pem_public_key(pem)
        )
    except OSError as error:
        raise ImproperlyConfigured(f"Signing key {label}: {error.strerror}.") from error
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ImproperlyConfigured(
            f"Signing key {label} is not a PEM key without a passphrase."
        ) from error
    if isinstance(key, (ec.EllipticCurvePrivateKey, ec.EllipticCurvePublicKey)) and isinstance(
        key.curve, ec.SECP256R1
    ):
        return key
    raise ImproperlyConfigured(f"Signing key {label} is not on the curve P-256, as ES256 needs.")


@receiver(setting_changed)
def _forget(*, setting: str, **kwargs: object) -> None:
    if setting == SETTINGS_NAME:
        key_ring.cache_clear()
