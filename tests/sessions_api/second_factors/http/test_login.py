"""Logging in with a second factor, from the password to the session."""

import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest

from killswitches.registry import ACCOUNT_LOGIN
from killswitches.testing import switched_on
from sessions_api.models import UserSession
from sessions_api.second_factors.models import BackupCode, SecondFactor
from tests.api import Api, Login
from tests.cast import PASSWORD
from tests.sessions_api.second_factors.authenticator import Authenticator
from tests.sessions_api.second_factors.challenges import (
    INVALID_METHOD,
    INVALID_RESPONSE,
    answer,
    by_code,
    challenge,
)
from tests.sessions_api.second_factors.totp import App

pytestmark = pytest.mark.django_db

TEN_YEARS = 315_576_000


def claims(response: Any) -> dict[str, Any]:
    assert response.status_code == 201, response.json()
    return jwt.decode(response.json()["token"], options={"verify_signature": False})


def test_the_challenge(api: Api, anns_app: App) -> None:
    before = time.time()
    response = api("POST", "/login", {"username": "ann", "password": PASSWORD})
    after = time.time()

    assert response.status_code == 401
    assert response["WWW-Authenticate"] == "Bearer"
    body = response.json()
    token, exp = body.pop("token"), body.pop("exp")
    assert body == {
        "code": "SECOND_FACTOR_CHALLENGE_REQUIRED_ERROR",
        "message": "Second Factor Challenge Required",
        "types": ["totp", "backup"],
    }
    assert before + 299 <= exp <= after + 300
    assert jwt.decode(token, options={"verify_signature": False})["exp"] == exp
    assert not UserSession.objects.exists()


def test_the_challenge_names_the_users_types(
    api: Api, anns_app: App, anns_key: Authenticator
) -> None:
    asked = challenge(api)
    assert asked["types"] == ["totp", "webauthn", "backup"]
    assert asked["challenge"]["allowCredentials"] == [{"id": anns_key.id, "type": "public-key"}]
    BackupCode.objects.all().delete()
    assert challenge(api)["types"] == ["totp", "webauthn"]


@pytest.mark.parametrize("password", ["", PASSWORD + " ", "000000"])
def test_a_challenge_requires_the_password(api: Api, anns_app: App, password: str) -> None:
    body = api("POST", "/login", {"username": "ann", "password": password}).json()
    assert body["code"] in {"INVALID_PASSWORD_ERROR", "MISSING_FIELDS_ERROR"}
    assert "token" not in body


def test_with_a_code_of_the_app(api: Api, ann: Any, anns_app: App) -> None:
    response = api("POST", "/login", by_code(challenge(api), anns_app.next_code()))
    body = response.json()
    session = UserSession.objects.get(user=ann)
    assert body.keys() == {"token", "exp"}
    assert claims(response)["iat"] == session.sid
    assert body["exp"] == session.sid + 24 * 60 * 60
    assert not session.is_scoped
    assert api("GET", "/users/me/sessions/me", token=body["token"]).json()["id"] == session.sid


def test_any_of_several_apps_is_accepted(
    api: Api, ann: Any, anns_app: App, enrol_app: Callable[..., App]
) -> None:
    second = enrol_app(ann, "Tablet")
    code, other = second.next_code(), anns_app.code()
    assert api("POST", "/login", by_code(challenge(api), code)).status_code == 201
    assert api("POST", "/login", by_code(challenge(api), other)).status_code == 201
    used = SecondFactor.objects.filter(last_used_at__isnull=False)
    assert used.count() == 2


def test_with_each_backup_code(api: Api, anns_app: App) -> None:
    assert anns_app.backup_codes
    for left, code in enumerate(anns_app.backup_codes, start=1):
        body = answer(challenge(api)["token"], "backup", code)
        assert api("POST", "/login", body).status_code == 201
        assert BackupCode.objects.count() == 10 - left
    assert challenge(api)["types"] == ["totp"]
    used_up = answer(challenge(api)["token"], "backup", anns_app.backup_codes[0])
    response = api("POST", "/login", used_up)
    assert (response.status_code, response.json()) == (400, INVALID_METHOD)


def test_a_backup_code_in_upper_case(api: Api, anns_app: App) -> None:
    assert anns_app.backup_codes
    typed = f" {anns_app.backup_codes[3].upper()} "
    assert (
        api("POST", "/login", answer(challenge(api)["token"], "backup", typed)).status_code == 201
    )


@pytest.mark.parametrize(
    ("body", "lifetime"),
    [({"rememberMe": True}, TEN_YEARS), ({"rememberMe": False}, 86_400), ({}, 86_400)],
)
def test_the_second_step_determines_the_lifetime(
    api: Api, anns_app: App, body: dict[str, bool], lifetime: int
) -> None:
    asked = challenge(api, rememberMe=not body.get("rememberMe"))
    found = claims(api("POST", "/login", by_code(asked, anns_app.next_code()) | body))
    assert found["exp"] - found["iat"] == lifetime


def test_the_second_step_names_the_session(api: Api, anns_app: App) -> None:
    body = by_code(challenge(api), anns_app.next_code())
    found = claims(
        api("POST", "/login", body, HTTP_X_SESSION_NAME="Büro".encode().decode("latin1"))
    )
    assert found["name"] == UserSession.objects.get().name == "Büro"


def test_an_invalid_field_does_not_use_up_the_answer(api: Api, anns_app: App) -> None:
    body = by_code(challenge(api), anns_app.next_code())
    response = api("POST", "/login", body | {"rememberMe": "soon"})
    assert (response.status_code, response.json()["fields"]) == (400, ["rememberMe"])
    assert api("POST", "/login", body).status_code == 201


def test_a_kill_switch_stops_the_second_step_without_using_it_up(api: Api, anns_app: App) -> None:
    body = by_code(challenge(api), anns_app.next_code())
    with switched_on(ACCOUNT_LOGIN):
        response = api("POST", "/login", body)
        assert (response.status_code, response.json()["feature"]) == (503, 4)
    assert api("POST", "/login", body).status_code == 201


def test_a_ban_stops_the_second_step(api: Api, ann: Any, anns_app: App) -> None:
    body = by_code(challenge(api), anns_app.next_code())
    type(ann).objects.update(is_active=False)
    response = api("POST", "/login", body)
    assert (response.status_code, response.json()) == (
        403,
        {"code": "BANNED_ERROR", "message": "Banned"},
    )
    assert not UserSession.objects.exists()
    type(ann).objects.update(is_active=True)
    assert api("POST", "/login", body).status_code == 201


def test_a_new_password_invalidates_earlier_challenges(api: Api, ann: Any, anns_app: App) -> None:
    body = by_code(challenge(api), anns_app.next_code())
    ann.set_password("another one entirely")
    ann.save()
    response = api("POST", "/login", body)
    assert (response.status_code, response.json()) == (401, INVALID_RESPONSE)
    assert not UserSession.objects.exists()


def test_an_account_deleted_in_the_meantime(api: Api, ann: Any, anns_app: App) -> None:
    body = by_code(challenge(api), anns_app.next_code())
    ann.delete()
    response = api("POST", "/login", body)
    assert (response.status_code, response.json()) == (401, INVALID_RESPONSE)


def test_factors_removed_in_the_meantime(api: Api, ann: Any, anns_app: App) -> None:
    body = by_code(challenge(api), anns_app.next_code())
    SecondFactor.objects.all().delete()
    response = api("POST", "/login", body)
    assert (response.status_code, response.json()) == (400, INVALID_METHOD)
    assert not UserSession.objects.exists()


def test_a_login_with_a_valid_session_is_refused(me: Login, anns_app: App) -> None:
    body = by_code(challenge(Api()), anns_app.next_code())
    assert me.api("POST", "/login", body).json()["code"] == "INVALID_SESSION_ERROR"
    assert Api()("POST", "/login", body).status_code == 201
