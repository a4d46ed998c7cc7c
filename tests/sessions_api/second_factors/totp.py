"""Authenticator apps, and the clock for their codes."""

import hmac
import time
from base64 import b32decode
from dataclasses import dataclass

from sessions_api.second_factors.models import SecondFactor

PERIOD = 30


class Clock:
    """A clock that only changes when it is set."""

    def __init__(self) -> None:
        self.now = time.time()

    def time(self) -> float:
        return self.now


def code_at(secret: bytes, moment: float) -> str:
    """Return the code of six digits (RFC 6238, SHA-1) at a UNIX time."""
    digest = hmac.digest(secret, int(moment // PERIOD).to_bytes(8, "big"), "sha1")
    offset = digest[-1] & 0xF
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**6:06}"


@dataclass
class App:
    """An authenticator app, which is enrolled if it has a ``factor``."""

    secret: str
    clock: Clock
    factor: SecondFactor | None = None
    backup_codes: list[str] | None = None

    def code(self, *, steps: int = 0) -> str:
        """Return the code that it shows, now or so many steps later."""
        return code_at(b32decode(self.secret), self.clock.now + steps * PERIOD)

    def next_code(self) -> str:
        """Move the clock to the next step, and return its code."""
        self.clock.now += PERIOD
        return self.code()

    def wrong_code(self) -> str:
        """Return six digits that are not a code of any nearby step."""
        near = {self.code(steps=steps) for steps in range(-3, 4)}
        return next(
            code for code in ("000000", *map(str, range(111111, 222222))) if code not in near
        )
