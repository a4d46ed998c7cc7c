"""Helpers for second factors in the API: paths, challenges and answers."""

from typing import Any

from tests.api import Api
from tests.cast import PASSWORD

FACTORS = "/users/me/2fa"

INVALID_RESPONSE = {
    "code": "INVALID_SECOND_FACTOR_RESPONSE_ERROR",
    "message": "Invalid Second Factor Response",
}

INVALID_METHOD = {
    "code": "INVALID_SECOND_FACTOR_METHOD_ERROR",
    "message": "Invalid Second Factor Method",
}


def challenge(api: Api, username: str = "ann", **body: Any) -> dict[str, Any]:
    """Log in with the password, and return the challenge."""
    response = api("POST", "/login", {"username": username, "password": PASSWORD, **body})
    assert response.status_code == 401
    return response.json()


def answer(token: str, kind: str, proof: Any, **body: Any) -> dict[str, Any]:
    """Return the body that answers a challenge."""
    name = "response" if kind == "webauthn" else "code"
    return {"2fa": {"token": token, "type": kind, name: proof}, **body}


def by_code(asked: dict[str, Any], code: str, **body: Any) -> dict[str, Any]:
    return answer(asked["token"], "totp", code, **body)
