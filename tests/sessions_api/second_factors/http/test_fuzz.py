"""Fuzzing answers to challenges: no answer causes a server error."""

import json
import logging
import random
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client as HttpClient

from sessions_api.models import UserSession
from tests.api import Api, Login
from tests.cast import PASSWORD
from tests.sessions_api.second_factors.authenticator import Authenticator
from tests.sessions_api.second_factors.challenges import FACTORS, by_code, challenge
from tests.sessions_api.second_factors.totp import App

pytestmark = pytest.mark.django_db

# Ten thousand, mostly at the login, where no session must be looked up.
BODIES_AT_LOGIN, BODIES_AT_A_REVERIFICATION = 8_000, 2_000

TEXTS = [
    "", " ", "x", "000000", "\u0660" * 6, "login", "totp", "backup", "webauthn", "public-key",
    "\x00", "a\x00b", "\ud800", "a\udfff.b.c", "é.é.é", "..", "=", "AAAA", "%00", "💥" * 40,
    "x" * 5000, "e30.e30.e30", "eyJhbGciOiJub25lIn0.e30.", "1e400", "-1",
]  # fmt: skip
ATOMS = [None, True, False, 0, -1, 1, 2**31, 2**63, 10**40, -0.5, 1e308, [], {}, *TEXTS]
KEYS = ["token", "type", "code", "response", "id", "rawId", "clientDataJSON", "", "\x00", "\ud800"]
#: Request options of a different challenge.
ANOTHER = {"challenge": "AAAA"}
KINDS = ["totp", "webauthn", "backup", "sms", "TOTP", ""]


class Fuzzer:
    """Generates arbitrary and nearly valid bodies, determined by the seed."""

    def __init__(self, seed: int, token: str, codes: list[str], response: dict[str, Any]) -> None:
        self.random = random.Random(seed)  # noqa: S311
        self.token, self.codes, self.response = token, codes, response

    def bodies(self, count: int) -> Iterator[Any]:
        for _ in range(count):
            yield self.random.choice([self.anything, self.shaped, self.aimed])()

    def anything(self, depth: int = 4) -> Any:
        if not depth or self.random.random() < 0.4:
            return self.random.choice(ATOMS)
        children = [self.anything(depth - 1) for _ in range(self.random.randrange(4))]
        if self.random.random() < 0.5:
            return children
        return {self.random.choice(KEYS): child for child in children}

    def shaped(self) -> dict[str, Any]:
        """Return a body with all fields, and arbitrary values."""
        return {name: self.anything() for name in ("token", "type", "code", "response")}

    def aimed(self) -> dict[str, Any]:
        """Return a body with a valid or nearly valid token, and a well-formed but wrong answer."""
        pick = self.random.choice
        return {
            "token": pick([self.token, self.token, self.spoilt(self.token)]),
            "type": pick(KINDS),
            "code": pick([pick(TEXTS), self.spoilt(pick(self.codes))]),
            "response": self.bent(self.response),
        }

    def spoilt(self, text: str) -> str:
        """Return the text with an invalid character."""
        at = self.random.randrange(len(text))
        return text[:at] + self.random.choice("\x00\ud800é. ~") + text[at + 1 :]

    def bent(self, response: dict[str, Any]) -> dict[str, Any]:
        """Return the response with one part replaced by an arbitrary value."""
        copy = response | {"response": dict(response["response"])}
        target = self.random.choice([copy, copy["response"]])
        name = self.random.choice([*target, "userHandle", "authenticatorAttachment"])
        target[name] = self.random.choice([self.anything(), self.spoilt(str(target.get(name, 0)))])
        return copy


EVERY_REFUSAL = {
    (400, "INVALID_SECOND_FACTOR_RESPONSE_ERROR"),
    (401, "INVALID_SECOND_FACTOR_RESPONSE_ERROR"),
    (400, "INVALID_SECOND_FACTOR_METHOD_ERROR"),
}


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> None:
    """Turn off the log: thousands of lines about refused requests take longer than the requests."""
    caplog.set_level(logging.ERROR, "django.request")


def refusals(bodies: Iterator[Any], method: str, path: str, **headers: str) -> set[tuple[int, str]]:
    """Send the bodies one after another, and count the errors."""
    client = HttpClient(raise_request_exception=False, headers=headers)
    seen = set()
    for body in bodies:
        text = json.dumps({"2fa": body})
        response = client.generic(method, f"/api{path}", text, "application/json")
        seen.add((response.status_code, response.json().get("code")))
    return seen


def test_at_login(api: Api, anns_app: App, anns_key: Authenticator) -> None:
    asked = challenge(api)
    assert anns_app.backup_codes
    codes = [anns_app.next_code(), *anns_app.backup_codes]
    fuzzer = Fuzzer(1, asked["token"], codes, anns_key.get(ANOTHER))
    assert refusals(fuzzer.bodies(BODIES_AT_LOGIN), "POST", "/login") == EVERY_REFUSAL
    assert not UserSession.objects.exists()
    # The challenge is still valid for the right answer.
    assert api("POST", "/login", by_code(asked, codes[0])).status_code == 201


def test_at_a_reverification(me: Login, anns_app: App, anns_key: Authenticator) -> None:
    path = f"{FACTORS}/all"
    asked = me.api("DELETE", path, {"password": PASSWORD}).json()
    codes = [anns_app.next_code()]
    fuzzer = Fuzzer(2, asked["token"], codes, anns_key.get(ANOTHER))
    bodies = fuzzer.bodies(BODIES_AT_A_REVERIFICATION)
    assert refusals(bodies, "DELETE", path, authorization=me.token) == EVERY_REFUSAL
    assert me.api("GET", FACTORS).json()["count"] == 2
    assert me.api("DELETE", path, by_code(asked, codes[0])).json()["count"] == 2
