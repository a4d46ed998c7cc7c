"""A host without the app for second factors: everything else works."""

from typing import Any

import pytest

from sessions_api.models import UserSession
from sessions_api.services.pruning import obsolete_rows
from sessions_api.testing import SessionClient
from tests.host.callers import PASSWORD, LogIn
from tests.host.models import Member

GOOD = {"username": "mia@example.com", "password": PASSWORD}
CODE = {"type": "totp", "code": "123456"}

PATHS = [
    "/auth/users/me/2fa",
    "/auth/users/me/2fa/1",
    "/auth/users/me/2fa/all",
    "/auth/users/me/2fa/totp",
    "/auth/users/me/2fa/totp/confirm",
    "/auth/users/me/2fa/backup",
    "/auth/users/1/2fa",
    "/auth/users/1/2fa/1",
]


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
@pytest.mark.parametrize("path", PATHS)
def test_their_paths_do_not_exist(log_in: LogIn, mia: Member, method: str, path: str) -> None:
    answer = log_in(mia).generic(method, path)
    assert (answer.status_code, answer.json()) == (
        404,
        {"code": "INVALID_ENDPOINT_ERROR", "message": "Invalid Endpoint"},
    )


def test_a_password_is_enough(api_client: SessionClient, mia: Member) -> None:
    assert api_client.post("/auth/login", GOOD).status_code == 201


@pytest.mark.parametrize("answer", [None, {}, "x", CODE, CODE | {"token": "x"}])
def test_a_forged_answer_does_not_log_in(
    api_client: SessionClient, mia: Member, answer: Any
) -> None:
    response = api_client.post("/auth/login", GOOD | {"2fa": answer})
    assert (response.status_code, response.json()["code"]) == (
        401,
        "INVALID_SECOND_FACTOR_RESPONSE_ERROR",
    )
    assert not UserSession.objects.exists()


def test_a_forged_answer_does_not_reverify(log_in: LogIn, mia: Member) -> None:
    api = log_in(mia)
    scoped = {"name": "x", "permissionFlags": 1}
    made_up = scoped | {"2fa": CODE | {"token": api.token}}
    assert api.post("/auth/users/me/sessions", made_up).status_code == 401
    assert UserSession.objects.get() == api.user_session
    by_password = scoped | {"password": PASSWORD}
    assert api.post("/auth/users/me/sessions", by_password).status_code == 201


def test_staff_who_must_have_one_are_locked_out(
    log_in: LogIn, staff: Member, settings: Any
) -> None:
    boss = log_in(staff)
    assert boss.get("/auth/killswitches").status_code == 200
    settings.SESSIONS_API = settings.SESSIONS_API | {"STAFF_REQUIRES_SECOND_FACTOR": True}
    answer = boss.get("/auth/killswitches")
    assert (answer.status_code, answer.json()["code"]) == (
        401,
        "ENDPOINT_REQUIRES_SECOND_FACTOR_ERROR",
    )


def test_pruning_ignores_second_factors(db: None) -> None:
    names = [kind.name for kind in obsolete_rows()]
    assert "Spent tokens" not in names
