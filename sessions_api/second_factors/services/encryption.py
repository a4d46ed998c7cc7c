"""How secrets rest: encrypted with Fernet, under keys that can be rotated; codes as keyed digests.

The keys are those of the setting ``ENCRYPTION_KEYS``, and behind them those made of Django's
``SECRET_KEY`` and its ``SECRET_KEY_FALLBACKS``. The first encrypts, all decrypt, so a host may
begin to set keys of its own at any time.
"""

import hashlib
import hmac
from base64 import urlsafe_b64encode

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

from sessions_api.conf import api_settings

PURPOSE = b"sessions_api.second_factors"


class Undecipherable(Exception):
    """A text that none of the keys has encrypted."""


def encrypt(secret: bytes) -> str:
    return _cipher().encrypt(secret).decode()


def decrypt(text: str) -> bytes:
    """:raises Undecipherable: the key that encrypted it is no longer among the settings."""
    try:
        return _cipher().decrypt(text)
    except InvalidToken as error:
        raise Undecipherable from error


def reencrypt(text: str) -> str:
    """The same secret under the first key.

    :raises Undecipherable: as :func:`decrypt`.
    """
    try:
        return _cipher().rotate(text).decode()
    except InvalidToken as error:
        raise Undecipherable from error


def digests(code: str) -> list[str]:
    """The digest of a code under each key, in hexadecimal; the first is the one to keep."""
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
