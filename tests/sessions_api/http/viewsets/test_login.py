"""POST /login in v5."""

import json
from datetime import UTC, datetime
from typing import Any

import jwt
import pytest

from killswitches.registry import ACCOUNT_LOGIN
from killswitches.testing import switched_on
from sessions_api.models import UserSession
from tests.api import CHROME, HOME, Api
from tests.cast import PASSWORD

pytestmark = pytest.mark.django_db

GOOD = {"username": "ann", "password": PASSWORD}
TEN_YEARS = 315_576_000


def test_a_login_returns_a_token_of_its_session(api: Api, ann: Any) -> None:
    response = api("POST", "/login", GOOD)

    assert response.status_code == 201
    body = response.json()
    assert body.keys() == {"token", "exp"}
    session = UserSession.objects.get(user=ann)
    header = jwt.get_unverified_header(body["token"])
    claims = jwt.decode(body["token"], options={"verify_signature": False})
    assert header == {"typ": "JWT", "alg": "ES256", "kid": header["kid"]}
    assert claims == {
        "token_type": "session",
        "sub": str(ann.pk),
        "iat": session.sid,
        "exp": session.sid + 24 * 60 * 60,
        "iss": "cumulonimbus",
        "jti": session.jti.hex,
        "name": "Chrome v87 on Linux",
    }
    assert body["exp"] == claims["exp"]
    assert api("GET", "/users/me/sessions/me", token=body["token"]).json()["id"] == session.sid


def test_the_session_stores_the_client(api: Api, ann: Any) -> None:
    before = datetime.now(UTC)
    api("POST", "/login", GOOD)

    session = UserSession.objects.get()
    assert (session.address, session.user_agent) == (HOME, CHROME)
    assert (session.browser, session.browser_version, session.os) == (
        "Chrome",
        "87.0.4280.88",
        "Linux",
    )
    assert before <= session.created_at <= datetime.now(UTC)
    assert session.used_at is None
    assert session.permission_flags is None


@pytest.mark.parametrize(
    ("remember", "lifetime"),
    [(True, TEN_YEARS), (False, 86_400), (None, 86_400)],
)
def test_remember_me_lasts_ten_years(
    api: Api, ann: Any, remember: bool | None, lifetime: int
) -> None:
    body = api("POST", "/login", GOOD | {"rememberMe": remember}).json()
    claims = jwt.decode(body["token"], options={"verify_signature": False})
    assert claims["exp"] - claims["iat"] == lifetime


@pytest.mark.parametrize("username", ["ann", "ANN", "  Ann "])
def test_usernames_are_trimmed_and_match_in_any_case(api: Api, ann: Any, username: str) -> None:
    assert api("POST", "/login", GOOD | {"username": username}).status_code == 201


@pytest.mark.parametrize("password", [" " + PASSWORD, PASSWORD + " ", PASSWORD.upper()])
def test_passwords_are_not_trimmed(api: Api, ann: Any, password: str) -> None:
    response = api("POST", "/login", GOOD | {"password": password})
    assert (response.status_code, response.json()) == (
        401,
        {"code": "INVALID_PASSWORD_ERROR", "message": "Invalid Password"},
    )


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", json.dumps(GOOD | {"rememberMe": True})),
        ("application/x-www-form-urlencoded", "username=ann&rememberMe=true&password=" + PASSWORD),
        (
            "multipart/form-data; boundary=x",
            "".join(
                f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
                for name, value in [*GOOD.items(), ("rememberMe", "true")]
            )
            + "--x--\r\n",
        ),
    ],
)
def test_json_and_form_data_are_accepted(api: Api, ann: Any, content_type: str, body: str) -> None:
    response = api("POST", "/login", body, content_type=content_type)
    assert response.status_code == 201
    session = UserSession.objects.get()
    assert response.json()["exp"] == session.sid + TEN_YEARS


@pytest.mark.parametrize(
    ("username", "status", "code"),
    [
        ("nobody", 404, "INVALID_USER_ERROR"),
        ("x" * 60_000, 404, "INVALID_USER_ERROR"),
        ("ann%", 404, "INVALID_USER_ERROR"),
        ("a_n", 404, "INVALID_USER_ERROR"),
        ("carol", 403, "BANNED_ERROR"),
    ],
)
def test_unknown_and_banned_accounts(
    api: Api, ann: Any, carol: Any, username: str, status: int, code: str
) -> None:
    response = api("POST", "/login", {"username": username, "password": PASSWORD})
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert not UserSession.objects.exists()


def test_a_ban_is_revealed_only_with_the_right_password(api: Api, carol: Any) -> None:
    response = api("POST", "/login", {"username": "carol", "password": "guess"})
    assert response.json()["code"] == "INVALID_PASSWORD_ERROR"


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        (None, ["username", "password"]),
        ({}, ["username", "password"]),
        ({"username": "ann"}, ["password"]),
        ({"username": None, "password": PASSWORD}, ["username"]),
        ({"username": "", "password": PASSWORD}, ["username"]),
        ({"username": "   ", "password": PASSWORD}, ["username"]),
        ({"username": ["ann"], "password": PASSWORD}, ["username"]),
        ({"username": 7, "password": PASSWORD}, ["username"]),
        ({"username": "ann\x00", "password": PASSWORD}, ["username"]),
        ({"username": "ann", "password": {"$ne": ""}}, ["password"]),
        ({"username": "ann", "password": "\ud800"}, ["password"]),
        ({"username": "ann", "password": True}, ["password"]),
        (GOOD | {"rememberMe": "yes"}, ["rememberMe"]),
        (GOOD | {"rememberMe": 1}, ["rememberMe"]),
        (GOOD | {"rememberMe": []}, ["rememberMe"]),
    ],
)
def test_missing_and_invalid_fields_are_named(
    api: Api, ann: Any, body: Any, fields: list[str]
) -> None:
    response = api("POST", "/login", body)
    assert (response.status_code, response.json()) == (
        400,
        {"code": "MISSING_FIELDS_ERROR", "message": "Missing Fields", "fields": fields},
    )


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("Way Cool Cumulonimbus Session", "Way Cool Cumulonimbus Session"),
        ("  trimmed  ", "trimmed"),
        ("n" * 128, "n" * 128),
        ("n" * 129, "Chrome v87 on Linux"),
        ("   ", "Chrome v87 on Linux"),
    ],
)
def test_a_header_names_the_session(api: Api, ann: Any, header: str, name: str) -> None:
    api("POST", "/login", GOOD, HTTP_X_SESSION_NAME=header)
    assert UserSession.objects.get().name == name


def test_no_user_agent(api: Api, ann: Any) -> None:
    api.user_agent = None
    assert api("POST", "/login", GOOD).status_code == 201
    assert UserSession.objects.get().name == "Unknown device"


def test_a_login_with_a_valid_session_is_refused(api: Api, ann: Any, log_in: Any) -> None:
    response = log_in(ann).api("POST", "/login", GOOD)
    assert (response.status_code, response.json()["code"]) == (401, "INVALID_SESSION_ERROR")
    assert UserSession.objects.count() == 1


def test_the_token_of_an_ended_session_is_ignored(api: Api, ann: Any, log_in: Any) -> None:
    dead = log_in(ann)
    dead.session.delete()
    assert dead.api("POST", "/login", GOOD).status_code == 201
    assert api("POST", "/login", GOOD, token="rubbish").status_code == 201


def test_logins_in_one_second_get_unique_ids_none_in_the_future(
    ann: Any, bob: Any, log_in: Any
) -> None:
    now = datetime(2026, 1, 2, 3, 4, 5, 678_000, UTC)
    second = int(now.timestamp())

    sids = [log_in(ann, now=now).session.sid for _ in range(70)]

    assert sids == list(range(second, second - 70, -1))
    assert log_in(bob, now=now).session.sid == second


def test_a_token_stays_invalid_if_its_session_id_is_reused(ann: Any, log_in: Any) -> None:
    now = datetime.now(UTC)
    first = log_in(ann, now=now)
    first.session.delete()
    second = log_in(ann, now=now)

    assert first.session.sid == second.session.sid
    assert first.api("GET", "/users/me/sessions/me").status_code == 401
    assert second.api("GET", "/users/me/sessions/me").status_code == 200


@pytest.mark.usefixtures("no_password_work")
def test_the_switch_is_checked_before_the_password(api: Api, ann: Any) -> None:
    with switched_on(ACCOUNT_LOGIN):
        response = api("POST", "/login", GOOD)
    assert (response.status_code, response.json()) == (
        503,
        {"code": "SERVICE_UNAVAILABLE_ERROR", "message": "Service Unavailable", "feature": 4},
    )
