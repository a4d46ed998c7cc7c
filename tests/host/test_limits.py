"""The settings of this host that limit its sessions and logins."""

from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import jwt
import pytest
from django.conf import settings
from django.test import override_settings

from sessions_api.callers.clients import Client
from sessions_api.models import UserSession
from sessions_api.scopes import Scope
from sessions_api.testing import SessionClient, frozen_clock, rates_on
from tests.host.callers import PASSWORD, LogIn
from tests.host.models import Member

ME = "/auth/users/me/sessions/me"
MIA = {"username": "mia@example.com", "password": PASSWORD}
MINUTE = timedelta(minutes=1)


def limited(**changes: Any) -> AbstractContextManager[None]:
    return override_settings(SESSIONS_API=settings.SESSIONS_API | changes)


@pytest.mark.parametrize("kind", ["", "SCOPED_"])
@pytest.mark.parametrize("name", ["IDLE_TIMEOUT", "ABSOLUTE_LIFETIME"])
def test_limits_of_one_kind_spare_the_other(
    log_in: LogIn, mia: Member, name: str, kind: str
) -> None:
    with frozen_clock() as clock:
        full, scoped = log_in(mia), log_in(mia, scopes=Scope.SESSION_READ)
        with limited(**{kind + name: 5 * MINUTE}):
            clock.advance(7 * MINUTE)
            ended, alive = (scoped, full) if kind else (full, scoped)
            assert ended.get(ME).status_code == 401
            assert alive.get(ME).status_code == 200


def test_a_session_in_use_is_not_idle(log_in: LogIn, mia: Member) -> None:
    with frozen_clock() as clock, limited(IDLE_TIMEOUT=5 * MINUTE):
        mias = log_in(mia)
        for _ in range(3):
            clock.advance(4 * MINUTE)
            assert mias.get(ME).status_code == 200


def test_lifetimes_of_logins(api_client: SessionClient, mia: Member) -> None:
    with limited(LIFETIMES={"v5": {"login": MINUTE, "remembered": 2 * MINUTE}}):
        for given, lifetime in ({}, 60), ({"rememberMe": True}, 120):
            token = api_client.post("/auth/login", MIA | given).json()["token"]
            claims = jwt.decode(token, options={"verify_signature": False})
            assert claims["exp"] - claims["iat"] == lifetime


@pytest.mark.parametrize(
    ("ends", "status", "alive"), [(False, 403, [200, 200]), (True, 201, [401])]
)
def test_the_most_sessions(
    api_client: SessionClient, log_in: LogIn, mia: Member, ends: bool, status: int, alive: list[int]
) -> None:
    with frozen_clock() as clock, limited(SESSIONS_PER_USER=2, END_EXCESS_SESSIONS=ends):
        clients = []
        for _ in range(2):
            clients.append(log_in(mia, client=Client(address=None, user_agent="")))
            clock.advance(MINUTE)
        answer = api_client.post("/auth/login", MIA)
        assert answer.status_code == status
        assert answer.json().get("code") == (None if ends else "TOO_MANY_SESSIONS_ERROR")
        assert [one.get(ME).status_code for one in clients][: len(alive)] == alive
        assert UserSession.objects.count() == 2


def test_the_most_scoped_sessions_are_counted_apart(log_in: LogIn, mia: Member) -> None:
    body = {"name": "A script", "permissionFlags": int(Scope.FILE_READ), "password": PASSWORD}
    with limited(SCOPED_SESSIONS_PER_USER=1):
        mias = log_in(mia)
        answers = [mias.post("/auth/users/me/sessions", body) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 403]


@pytest.mark.parametrize("ends", [True, False])
def test_whether_a_new_password_ends_sessions(log_in: LogIn, mia: Member, ends: bool) -> None:
    with limited(PASSWORD_CHANGE_ENDS_SESSIONS=ends):
        mias = log_in(mia)
        mia.set_password("another one, just as long")
        mia.save()
        assert mias.get(ME).status_code == (401 if ends else 200)


def test_tokens_for_another_audience(log_in: LogIn, mia: Member) -> None:
    mias = log_in(mia)
    with limited(AUDIENCE="https://club.example"):
        assert mias.get(ME).status_code == 401
        assert log_in(mia).get(ME).status_code == 200


@rates_on()
def test_another_rate_of_logins(api_client: SessionClient, mia: Member) -> None:
    wrong = MIA | {"password": "guess"}
    with frozen_clock(), limited(RATES={"LOGIN": (2, 60)}):
        answers = [api_client.post("/auth/login", wrong).status_code for _ in range(3)]
    assert answers == [401, 401, 429]


@pytest.mark.parametrize("hides", [True, False])
def test_whether_unknown_names_are_told(
    api_client: SessionClient, mia: Member, hides: bool
) -> None:
    with limited(HIDE_UNKNOWN_USERS=hides):
        answer = api_client.post("/auth/login", MIA | {"username": "nobody@example.com"})
    assert answer.status_code == (401 if hides else 404)
