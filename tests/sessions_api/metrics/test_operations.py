"""Logins, failed logins, and sessions that end."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import override_settings

from sessions_api.callers.clients import Client
from sessions_api.models import UserSession
from sessions_api.scopes import Scope
from sessions_api.services.audit import Actor
from sessions_api.services.bans import set_banned
from sessions_api.services.bulk_sign_outs import end_if_few
from sessions_api.services.console_sessions import create_console_session
from sessions_api.services.ended_sessions import EndCause
from sessions_api.services.passwords import change_password
from sessions_api.services.securing import password_mark, secure_account
from sessions_api.services.session_creation import create_session
from sessions_api.services.sessions import end_all_sessions
from tests.admin_paths import USERS
from tests.api import CHROME, HOME, OWN_SESSIONS, Api, Login
from tests.browser import browser_of
from tests.cast import PASSWORD
from tests.sessions_api.metrics.scraping import samples, value

# Signals are sent after the commit.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("metrics")]


@pytest.fixture
def counted() -> Callable[..., float]:
    """A function that returns by how much a metric has grown since the beginning of the test."""
    before = samples()
    return lambda name, **labels: value(samples(), name, **labels) - value(before, name, **labels)


def ended(counted: Callable[..., float]) -> dict[str, float]:
    grown = {cause: counted("ended_sessions_total", cause=cause.value) for cause in EndCause}
    return {cause.value: number for cause, number in grown.items() if number}


@pytest.mark.parametrize(("prefix", "dialect"), [("/api/v5", "v5"), ("/api/v4", "v4")])
def test_logins(ann: Any, counted: Any, prefix: str, dialect: str) -> None:
    api = Api(prefix=prefix)
    body = {"username": "ann", "password": PASSWORD}
    assert api("POST", "/login", body).status_code == 201
    assert counted("logins_total", dialect=dialect, kind="full") == 1


def test_scoped_sessions(ann: Any, counted: Any) -> None:
    create_session(
        ann,
        client=Client(HOME, CHROME),
        lifetime=timedelta(hours=1),
        dialect="v5",
        permission_flags=Scope.SESSION_READ,
    )
    assert counted("logins_total", dialect="v5", kind="scoped") == 1


def test_logins_to_the_console(staff: Any, counted: Any) -> None:
    create_console_session(staff, client=Client(HOME, CHROME), lifetime=timedelta(hours=1))
    assert counted("logins_total", dialect="-", kind="console") == 1


def test_failed_logins(api: Api, ann: Any, counted: Any) -> None:
    api("POST", "/login", {"username": "ann", "password": "a guess"})
    api("POST", "/login", {"username": "nobody", "password": "a guess"})
    assert counted("failed_logins_total", code="INVALID_PASSWORD_ERROR") == 1
    assert counted("failed_logins_total", code="INVALID_USER_ERROR") == 1
    assert counted("logins_total", dialect="v5", kind="full") == 0


def test_sessions_that_their_owner_ends(me: Login, other: Login, counted: Any) -> None:
    me.api("DELETE", f"{OWN_SESSIONS}/all?include-self=true")
    assert ended(counted) == {"owner": 2}


def test_sessions_that_staff_end(me: Login, other: Login, boss: Login, counted: Any) -> None:
    boss.api("DELETE", f"/users/{me.user.pk}/sessions/all")
    assert ended(counted) == {"staff": 2}


def test_sessions_that_a_bulk_sign_out_ends(
    me: Login, bobs: Login, root: Any, counted: Any
) -> None:
    end_if_few(UserSession.objects.all(), actor=Actor(user=root), reason="A leak.")
    assert ended(counted) == {"bulk_sign_out": 2}


def test_sessions_that_a_new_password_ends(me: Login, other: Login, counted: Any) -> None:
    change_password(me.user, "another long password", actor=Actor(user=me.user), keep=me.session)
    assert ended(counted) == {"new_password": 1}


def test_sessions_that_a_login_beyond_the_maximum_ends(ann: Any, log_in: Any, counted: Any) -> None:
    caps = {"SESSIONS_PER_USER": 1, "END_EXCESS_SESSIONS": True}
    with override_settings(SESSIONS_API=settings.SESSIONS_API | caps):
        log_in(ann)
        log_in(ann)
    assert ended(counted) == {"too_many_sessions": 1}


def test_sessions_of_an_account_that_is_deleted(me: Login, root: Any, counted: Any) -> None:
    browser_of(root).post(f"{USERS}{me.user.pk}/delete/", {"post": "yes"})
    assert not get_user_model().objects.filter(pk=me.user.pk).exists()
    assert ended(counted) == {"account_deleted": 1}


def test_sessions_of_an_account_that_is_secured(me: Login, staff: Any, counted: Any) -> None:
    mark = password_mark(me.user)
    secure_account(me.user, actor=Actor(name="kim"), reason="Hijacked.", mark=mark)
    assert ended(counted) == {"account_secured": 1}


def test_sessions_of_the_console_that_a_ban_ends(staff: Any, counted: Any) -> None:
    with override_settings(SESSIONS_API=settings.SESSIONS_API | {"CONSOLE_SESSIONS": True}):
        create_console_session(staff, client=Client(HOME, CHROME), lifetime=timedelta(hours=1))
        set_banned(staff, True, actor=Actor(name="kim"), reason="Left.")
    assert ended(counted) == {"console_closed": 1}


def test_sessions_that_nobody_ends(me: Login, counted: Any) -> None:
    end_all_sessions(me.user, actor=Actor(name="a command"))
    assert ended(counted) == {"other": 1}
