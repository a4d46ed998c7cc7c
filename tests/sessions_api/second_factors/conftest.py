"""What people enrol, and how they log in with it."""

import hmac
import time
from base64 import b32decode
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from sessions_api.second_factors.models import SecondFactor
from sessions_api.second_factors.services import enrolment
from sessions_api.services.audit import Actor
from tests.conftest import PASSWORD, Api
from tests.sessions_api.second_factors.authenticator import Authenticator

FACTORS = "/users/me/2fa"
PERIOD = 30

INVALID_RESPONSE = {
    "code": "INVALID_SECOND_FACTOR_RESPONSE_ERROR",
    "message": "Invalid Second Factor Response",
}
INVALID_METHOD = {
    "code": "INVALID_SECOND_FACTOR_METHOD_ERROR",
    "message": "Invalid Second Factor Method",
}


class Clock:
    """The present, standing still until it is moved."""

    def __init__(self) -> None:
        self.now = time.time()

    def time(self) -> float:
        return self.now


def code_at(secret: bytes, moment: float) -> str:
    """The code of six digits (RFC 6238, SHA-1) at a UNIX time."""
    digest = hmac.digest(secret, int(moment // PERIOD).to_bytes(8, "big"), "sha1")
    offset = digest[-1] & 0xF
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**6:06}"


@dataclass
class App:
    """An authenticator app; enrolled if it has a ``factor``."""

    secret: str
    clock: Clock
    factor: SecondFactor | None = None
    backup_codes: list[str] | None = None

    def code(self, *, steps: int = 0) -> str:
        """What it shows, or would so many steps later."""
        return code_at(b32decode(self.secret), self.clock.now + steps * PERIOD)

    def next_code(self) -> str:
        """Wait for a code that has not been shown yet."""
        self.clock.now += PERIOD
        return self.code()

    def wrong_code(self) -> str:
        """Six digits that it shows at no time near."""
        near = {self.code(steps=steps) for steps in range(-3, 4)}
        return next(
            code for code in ("000000", *map(str, range(111111, 222222))) if code not in near
        )


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock by which codes are judged, so that none changes in the middle of a test."""
    clock = Clock()
    monkeypatch.setattr("sessions_api.second_factors.services.totp.time", clock)
    return clock


@pytest.fixture
def enrol_app(clock: Clock) -> Callable[..., App]:
    """Enrols an authenticator app for a user, without a request."""

    def enrol(user: Any, name: str = "My phone") -> App:
        begun = enrolment.begin_totp(Actor(user=user))
        app = App(begun["secret"], clock)
        enrolled = enrolment.confirm_totp(
            Actor(user=user), token=begun["token"], name=name, code=app.code()
        )
        app.factor, app.backup_codes = enrolled.factor, enrolled.backup_codes
        return app

    return enrol


@pytest.fixture
def enrol_key() -> Callable[..., Authenticator]:
    """Enrols a WebAuthn credential for a user, without a request."""

    def enrol(user: Any, name: str = "My key", **fields: Any) -> Authenticator:
        authenticator = Authenticator(**fields)
        begun = enrolment.begin_webauthn(Actor(user=user))
        response = authenticator.create(begun)
        enrolment.confirm_webauthn(
            Actor(user=user), token=begun["token"], name=name, response=response
        )
        return authenticator

    return enrol


@pytest.fixture
def anns_app(ann: Any, enrol_app: Callable[..., App]) -> App:
    """Ann's authenticator app."""
    return enrol_app(ann)


@pytest.fixture
def anns_key(ann: Any, enrol_key: Callable[..., Authenticator]) -> Authenticator:
    """Ann's security key."""
    return enrol_key(ann)


def challenge(api: Api, username: str = "ann", **body: Any) -> dict[str, Any]:
    """Log in with the password: the challenge that comes back."""
    response = api("POST", "/login", {"username": username, "password": PASSWORD, **body})
    assert response.status_code == 401
    return response.json()


def answer(token: str, kind: str, proof: Any, **body: Any) -> dict[str, Any]:
    """The body that answers a challenge with a code or a response."""
    name = "response" if kind == "webauthn" else "code"
    return {"2fa": {"token": token, "type": kind, name: proof}, **body}


def by_code(asked: dict[str, Any], code: str, **body: Any) -> dict[str, Any]:
    return answer(asked["token"], "totp", code, **body)
