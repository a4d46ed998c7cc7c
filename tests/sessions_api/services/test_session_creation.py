"""Settings for new sessions: lifetimes, ``last_login`` and the audience."""

from datetime import timedelta
from typing import Any

import jwt
import pytest
from django.conf import settings
from django.test import override_settings
from django.utils import timezone

from sessions_api.models import UserSession
from tests.api import Api, Login
from tests.cast import PASSWORD
from tests.sessions_api.http.dialects.spellings import V3, V4, V5, Dialect

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def changed(**changes: Any) -> override_settings:
    return override_settings(SESSIONS_API=settings.SESSIONS_API | changes)


def lifetime(dialect: Dialect, path: str, **body: object) -> timedelta:
    """Return the lifetime of a session that is created through a dialect."""
    begun = dialect.api()("POST", path, {"username": "ann", "password": PASSWORD} | body)
    assert begun.status_code == 201, begun.content
    session = UserSession.objects.latest("pk")
    token = jwt.decode(begun.json()["token"], options={"verify_signature": False})
    assert token["exp"] == begun.json()["exp"] == int(session.expires_at.timestamp())
    return timedelta(seconds=token["exp"] - token["iat"])


LOGINS = [(V3, "/user/session"), (V4, "/login"), (V5, "/login")]


@pytest.mark.parametrize(("dialect", "path"), LOGINS, ids=["v3", "v4", "v5"])
def test_lifetimes_of_a_dialect(ann: Any, dialect: Dialect, path: str) -> None:
    usual = lifetime(dialect, path)
    with changed(LIFETIMES={dialect.name: {"login": HOUR, "remembered": 2 * HOUR}}):
        assert lifetime(dialect, path) == HOUR
        assert lifetime(dialect, path, rememberMe=True) == 2 * HOUR
    with changed(LIFETIMES={"another": {"login": HOUR}, dialect.name: {"remembered": HOUR}}):
        assert lifetime(dialect, path) == usual


@pytest.mark.parametrize(("dialect", "path"), LOGINS, ids=["v3", "v4", "v5"])
def test_the_absolute_lifetime_caps_every_dialect(ann: Any, dialect: Dialect, path: str) -> None:
    with changed(ABSOLUTE_LIFETIME=HOUR, SCOPED_ABSOLUTE_LIFETIME=HOUR / 2):
        assert lifetime(dialect, path) == HOUR
        assert lifetime(dialect, path, rememberMe=True) == HOUR


@pytest.mark.parametrize("long_lived", [False, True])
def test_lifetimes_of_scoped_sessions(me: Login, long_lived: bool) -> None:
    kind = "long_lived" if long_lived else "scoped"
    body = {"name": "A script", "permissionFlags": 32, "longLived": long_lived}

    def mint() -> timedelta:
        made = me.api("POST", "/users/me/sessions", body | {"password": PASSWORD})
        assert made.status_code == 201
        session = UserSession.objects.exclude(permission_flags=None).latest("pk")
        return session.expires_at - session.created_at.replace(microsecond=0)

    with changed(LIFETIMES={"v5": {kind: 3 * HOUR}}):
        assert abs(mint() - 3 * HOUR) < timedelta(seconds=5)
        with changed(LIFETIMES={"v5": {kind: 3 * HOUR}}, SCOPED_ABSOLUTE_LIFETIME=HOUR):
            assert abs(mint() - HOUR) < timedelta(seconds=5)


def test_a_login_sets_last_login_unless_turned_off(ann: Any) -> None:
    credentials = {"username": "ann", "password": PASSWORD}
    with changed(UPDATE_LAST_LOGIN=False):
        assert Api()("POST", "/login", credentials).status_code == 201
    ann.refresh_from_db()
    assert ann.last_login is None
    assert Api()("POST", "/login", credentials).status_code == 201
    ann.refresh_from_db()
    assert timezone.now() - ann.last_login < timedelta(seconds=30)


def test_a_scoped_session_does_not_set_last_login(me: Login) -> None:
    type(me.user).objects.update(last_login=None)
    body = {"name": "A script", "permissionFlags": 32, "password": PASSWORD}
    assert me.api("POST", "/users/me/sessions", body).status_code == 201
    me.user.refresh_from_db()
    assert me.user.last_login is None


def test_the_audience_is_part_of_every_token(ann: Any, me: Login, log_in: Any) -> None:
    with changed(AUDIENCE="https://api.example.com"):
        ours = log_in(ann)
        claims = jwt.decode(ours.token, options={"verify_signature": False})
        assert claims["aud"] == "https://api.example.com"
        assert ours.api("GET", "/users/me/sessions/me").status_code == 200
        assert me.api("GET", "/users/me/sessions/me").status_code == 401
    assert ours.api("GET", "/users/me/sessions/me").status_code == 401
    assert me.api("GET", "/users/me/sessions/me").status_code == 200
    with changed(AUDIENCE="https://other.example.com"):
        assert ours.api("GET", "/users/me/sessions/me").status_code == 401
