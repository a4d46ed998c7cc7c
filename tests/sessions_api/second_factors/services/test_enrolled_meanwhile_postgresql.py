"""Requests with only a password, during which a second factor is enrolled.

Each waits for the account, which the enrolment has locked.
"""

from typing import Any

import pytest

from sessions_api.models import UserSession
from sessions_api.second_factors.models import SecondFactor
from tests.api import Api, Login
from tests.cast import PASSWORD
from tests.held_up import held_up
from tests.sessions_api.second_factors.challenges import by_code
from tests.sessions_api.second_factors.totp import App

pytestmark = pytest.mark.django_db(transaction=True)

GIVEN = {"password": PASSWORD}
MINTING = {"name": "A script", "permissionFlags": 1, "longLived": True}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/login", {"username": "ann"}),
        ("POST", "/users/me/sessions", MINTING),
        ("DELETE", "/users/me/2fa/all", {}),
        ("POST", "/users/me/2fa/totp", {}),
        ("POST", "/users/me/2fa/webauthn", {}),
        ("POST", "/users/me/2fa/backup", {}),
    ],
)
def test_they_require_the_second_factor(
    me: Login, enrol_app: Any, method: str, path: str, body: dict[str, Any]
) -> None:
    api = Api() if path == "/login" else me.api
    apps: list[App] = []
    answer = held_up(
        lambda: api(method, path, GIVEN | body),
        lambda ann: apps.append(enrol_app(ann)),
        me.user,
    )
    assert (answer.status_code, answer.json()["code"]) == (
        401,
        "SECOND_FACTOR_CHALLENGE_REQUIRED_ERROR",
    )
    assert SecondFactor.objects.count() == 1
    assert UserSession.objects.count() == 1
    if path != "/login":
        body = by_code(answer.json(), apps[0].next_code()) | body
        assert api(method, path, body).status_code in (200, 201)
