"""Encryption of secrets at rest with Fernet and rotatable keys, and keyed digests of codes.

The keys are those of the setting ``ENCRYPTION_KEYS``, followed by keys derived from Django's
``SECRET_KEY`` and ``SECRET_KEY_FALLBACKS``. The first key encrypts and all keys decrypt, so a host
can introduce keys of its own at any time.
"""

import hashlib
import hmac
from base64 import urlsafe_b64encode

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

from sessions_api.conf import api_settings

PURPOSE = b"sessions_api.second_factors"


class DecryptionError(Exception):
    """None of the keys can decrypt a text."""


def encrypt(secret: bytes) -> str:
    return _cipher().encrypt(secret).decode()


def decrypt(text: str) -> bytes:
    """Return the secret of an encrypted text.

    :raises DecryptionError: its key is no longer in the settings.
    """
    try:
        return _cipher().decrypt(text)
    except InvalidToken as error:
        raise DecryptionError from error


def reencrypt(text: str) -> str:
    """Return the same secret encrypted with the first key.

    :raises DecryptionError: as for :func:`decrypt`.
    """
    try:
        return _cipher().rotate(text).decode()
    except InvalidToken as error:
        raise DecryptionError from error


def digests(code: str) -> list[str]:
    """Return the digest (HMAC-SHA-256) of a code under each key, in hexadecimal.

    Store the first; compare with all.
    """
    return [hmac.digest(key, code.encode(), hashlib.sha256).hex() for key in _keys()]


def _cipher() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in _keys()])


def _keys() -> list[bytes]:
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    derived = [
        urlsafe_b64encode(hmac.digest(PURPOSE, str(secret).encode(), hashlib.sha256))
        for secret in secrets
    ]
    return [*(key.encode() for key in api_settings().ENCRYPTION_KEYS), *derived]
