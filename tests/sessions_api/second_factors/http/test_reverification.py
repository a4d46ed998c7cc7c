"""Reverification with a second factor."""

from typing import Any

import pytest

from killswitches.gate import enabled_mask
from killswitches.registry import FILE_CREATE
from sessions_api.models import UserSession
from tests.api import Login
from tests.cast import PASSWORD
from tests.sessions_api.second_factors.challenges import FACTORS, INVALID_RESPONSE, answer, by_code
from tests.sessions_api.second_factors.totp import App

pytestmark = pytest.mark.django_db

REVERIFIED = {"password": PASSWORD}
SCOPED = {"name": "Backup script", "permissionFlags": 32}

#: method, path, other fields of the body, status
ENDPOINTS = [
    ("POST", "/users/me/sessions", SCOPED, 201),
    ("POST", f"{FACTORS}/totp", {}, 200),
    ("POST", f"{FACTORS}/webauthn", {}, 200),
    ("POST", f"{FACTORS}/backup", {}, 200),
    ("DELETE", f"{FACTORS}/{{factor}}", {}, 200),
    ("DELETE", f"{FACTORS}/all", {}, 200),
    ("PUT", "/killswitches/5", {}, 200),
    ("DELETE", "/killswitches/5", {}, 200),
    ("DELETE", "/killswitches", {}, 200),
    ("DELETE", "/users/{uid}/2fa/{factor}", {}, 200),
    ("DELETE", "/users/{uid}/2fa/all", {}, 200),
]


@pytest.fixture
def app(staff: Any, enrol_app: Any) -> App:
    return enrol_app(staff)


def ask(boss: Login, method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """Send the right password, and return the challenge."""
    response = boss.api(method, path, body | REVERIFIED)
    assert response.status_code == 401
    asked = response.json()
    assert asked["code"] == "SECOND_FACTOR_CHALLENGE_REQUIRED_ERROR"
    assert asked["types"] == ["totp", "backup"]
    return asked


@pytest.mark.parametrize(("method", "path", "body", "status"), ENDPOINTS)
def test_the_password_is_not_enough(
    boss: Login, app: App, method: str, path: str, body: dict[str, Any], status: int
) -> None:
    assert app.factor
    path = path.format(uid=boss.user.pk, factor=app.factor.pk)
    asked = ask(boss, method, path, body)
    right = by_code(asked, app.next_code()) | body
    without = boss.api(method, path, body)
    assert (without.status_code, without.json()["fields"]) == (400, ["password"])
    wrong = boss.api(method, path, by_code(asked, app.wrong_code()) | body)
    assert (wrong.status_code, wrong.json()) == (401, INVALID_RESPONSE)
    assert boss.api(method, path, right).status_code == status


@pytest.mark.parametrize(("method", "path", "body", "status"), ENDPOINTS)
def test_a_challenge_is_only_valid_for_its_endpoint(
    boss: Login, app: App, method: str, path: str, body: dict[str, Any], status: int
) -> None:
    assert app.factor
    names = {"uid": boss.user.pk, "factor": app.factor.pk}
    asked = ask(boss, method, path.format(**names), body)
    code = app.next_code()
    for endpoint in ENDPOINTS:
        if endpoint != (method, path, body, status):
            other_method, other_path, other_body, _ = endpoint
            attempt = by_code(asked, code) | other_body
            response = boss.api(other_method, other_path.format(**names), attempt)
            assert (response.status_code, response.json()) == (401, INVALID_RESPONSE), endpoint
    response = boss.api(method, path.format(**names), by_code(asked, code) | body)
    assert response.status_code == status


def test_an_invalid_body_does_not_use_up_the_answer(boss: Login, app: App) -> None:
    path = "/users/me/sessions"
    asked = ask(boss, "POST", path, SCOPED)
    right = by_code(asked, app.next_code())
    response = boss.api("POST", path, right | {"longLived": "yes"})
    assert (response.status_code, response.json()["fields"]) == (
        400,
        ["name", "permissionFlags", "longLived"],
    )
    assert boss.api("POST", path, right | SCOPED).status_code == 201


def test_an_answer_can_be_used_once(boss: Login, app: App) -> None:
    path = "/killswitches/5"
    right = by_code(ask(boss, "PUT", path, {}), app.next_code())
    assert boss.api("PUT", path, right).status_code == 200
    assert boss.api("DELETE", "/killswitches", right).status_code == 401
    assert boss.api("PUT", path, right).status_code == 401
    assert enabled_mask() == FILE_CREATE.bit


def test_a_backup_code(boss: Login, app: App) -> None:
    assert app.backup_codes
    asked = ask(boss, "PUT", "/killswitches/5", {})
    right = answer(asked["token"], "backup", app.backup_codes[0])
    assert boss.api("PUT", "/killswitches/5", right).status_code == 200


def test_a_password_beside_an_answer_is_ignored(boss: Login, app: App) -> None:
    """Only the answer counts: a right password does not compensate for a wrong code."""
    asked = ask(boss, "PUT", "/killswitches/5", {})
    body = by_code(asked, app.wrong_code()) | REVERIFIED
    assert boss.api("PUT", "/killswitches/5", body).status_code == 401
    assert enabled_mask() == 0


@pytest.mark.parametrize("made_up", [None, {}, "x", {"token": "x", "type": "totp", "code": "1"}])
def test_an_answer_of_a_user_without_factors(boss: Login, made_up: Any) -> None:
    response = boss.api("PUT", "/killswitches/5", REVERIFIED | {"2fa": made_up})
    assert response.status_code in {400, 401}
    assert response.json() == INVALID_RESPONSE
    assert enabled_mask() == 0


def test_a_ban_invalidates_the_challenge(boss: Login, app: App) -> None:
    right = by_code(ask(boss, "PUT", "/killswitches/5", {}), app.next_code())
    type(boss.user).objects.update(is_active=False)
    response = boss.api("PUT", "/killswitches/5", right)
    assert (response.status_code, response.json()["code"]) == (403, "BANNED_ERROR")
    assert enabled_mask() == 0


def test_scoped_sessions_are_exempt_if_they_are_admitted(staff: Any, app: App, log_in: Any) -> None:
    scoped = log_in(staff, permission_flags=1)
    assert scoped.api("PUT", "/killswitches/5").status_code == 200
    assert scoped.api("POST", "/users/me/sessions", SCOPED).status_code == 403
    assert UserSession.objects.count() == 1
