"""Time-based one-time passwords (RFC 6238): SHA-1, six digits, every 30 seconds."""

import re
import secrets
import time
from base64 import b32encode

from django_otp.oath import TOTP

ALGORITHM = "SHA1"
DIGITS = 6
PERIOD = 30
SECRET_BYTES = 20

#: How many steps a clock may be off, either way.
TOLERANCE = 1


def new_secret() -> bytes:
    return secrets.token_bytes(SECRET_BYTES)


def base32(secret: bytes) -> str:
    """The secret as authenticator apps take it."""
    return b32encode(secret).decode().rstrip("=")


def matching_step(secret: bytes, code: str, *, after: int = -1) -> int | None:
    """The step for which a code is right; None where it is wrong or its step was used.

    :param after: the last step for which a code was taken: only later ones count.
    """
    if not re.fullmatch(r"[0-9]{6}", code):
        return None
    totp = TOTP(secret, step=PERIOD, digits=DIGITS)
    # Left alone it looks at the clock again for every step, and may tell another one than matched.
    totp.time = time.time()
    return totp.t() if totp.verify(int(code), tolerance=TOLERANCE, min_t=after + 1) else None
