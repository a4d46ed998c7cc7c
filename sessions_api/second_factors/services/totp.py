"""Time-based one-time passwords (RFC 6238) with SHA-1, six digits and steps of 30 seconds."""

import re
import secrets
import time
from base64 import b32encode

from django_otp.oath import TOTP

ALGORITHM = "SHA1"
DIGITS = 6
PERIOD = 30
SECRET_BYTES = 20

#: The maximum clock drift in steps, in either direction.
TOLERANCE = 1


def new_secret() -> bytes:
    return secrets.token_bytes(SECRET_BYTES)


def base32(secret: bytes) -> str:
    """Return the secret in base32 (RFC 4648) without padding, as authenticator apps expect it."""
    return b32encode(secret).decode().rstrip("=")


def matching_step(secret: bytes, code: str, *, after: int = -1) -> int | None:
    """Return the step that a code matches, or None if it matches none.

    :param after: the last step for which a code was accepted; only later steps match.
    """
    if not re.fullmatch(r"[0-9]{6}", code):
        return None
    totp = TOTP(secret, step=PERIOD, digits=DIGITS)
    # Fixes the time. TOTP would read the clock for each step and might return another step.
    totp.time = time.time()
    return totp.t() if totp.verify(int(code), tolerance=TOLERANCE, min_t=after + 1) else None
