"""One's own account: GET /users/me."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.utils import timezone

from sessions_api.http.shapes import timestamp
from sessions_api.scopes import ALL_SCOPES, Scope
from sessions_api.second_factors.services import enrolment
from sessions_api.services.audit import Actor
from tests.api import Api, Login
from tests.rate_clock import Clock
from tests.sessions_api.second_factors.challenges import answer, challenge
from tests.sessions_api.second_factors.totp import App

pytestmark = pytest.mark.django_db

ME = "/users/me"
LogIn = Callable[..., Login]


def created(user: Any) -> str:
    return timestamp(datetime.fromtimestamp(user.pk / 1000, UTC))


def test_it_is_shown_whole(me: Login) -> None:
    response = me.api("GET", ME)
    assert (response.status_code, response.json()) == (
        200,
        {
            "id": str(me.user.pk),
            "username": "ann",
            "email": "ann@example.com",
            "staff": False,
            "domain": "testserver",
            "subdomain": None,
            "verifiedAt": created(me.user),
            "bannedAt": None,
            "twoFactorBackupCodeUsedAt": None,
            "createdAt": created(me.user),
            "updatedAt": None,
        },
    )
    assert response["Cache-Control"] == "no-store"


def test_what_there_is_not_is_null(bobs: Login) -> None:
    assert bobs.api("GET", ME).json()["email"] is None


def test_staff_are_told_that_they_are(boss: Login) -> None:
    assert boss.api("GET", ME).json()["staff"] is True


@pytest.mark.parametrize("flags", [Scope.ACCOUNT_READ, Scope.ALL])
def test_a_scoped_session_with_the_scope_may(ann: Any, log_in: LogIn, flags: Scope) -> None:
    api = log_in(ann, permission_flags=int(flags)).api
    assert api("GET", ME).json()["username"] == "ann"


def test_no_other_scope_suffices(staff: Any, log_in: LogIn) -> None:
    others = ALL_SCOPES & ~(Scope.ACCOUNT_READ | Scope.ALL)
    response = log_in(staff, permission_flags=int(others)).api("GET", ME)
    assert (response.status_code, response.json()["code"]) == (
        403,
        "INSUFFICIENT_PERMISSIONS_ERROR",
    )


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("example.com", "example.com"),
        ("example.com:8000", "example.com"),
        ("EXAMPLE.com.", "example.com"),
        ("[::1]:8000", "[::1]"),
    ],
)
def test_the_domain_is_the_host_that_was_asked(
    me: Login, settings: Any, host: str, domain: str
) -> None:
    settings.ALLOWED_HOSTS = ["example.com", "[::1]"]
    assert me.api("GET", ME, HTTP_HOST=host).json()["domain"] == domain


@pytest.mark.parametrize("host", ["evil.example", "a b", "testserver:x", "<script>"])
def test_no_other_host_is_echoed(me: Login, host: str) -> None:
    response = me.api("GET", ME, HTTP_HOST=host)
    assert (response.status_code, response.json()["code"]) == (400, "INVALID_BODY_ERROR")


@pytest.mark.parametrize("who", ["me", "boss"])
def test_a_backup_code_leaves_its_time(
    request: pytest.FixtureRequest, me: Login, enrol_app: Callable[..., App], who: str
) -> None:
    api: Api = request.getfixturevalue(who).api
    path = ME if who == "me" else f"/users/{me.user.pk}"
    app = enrol_app(me.user)
    assert app.backup_codes
    assert api("GET", path).json()["twoFactorBackupCodeUsedAt"] is None
    before = timestamp(timezone.now())
    for code in app.backup_codes[:2]:
        body = answer(challenge(Api())["token"], "backup", code)
        assert Api()("POST", "/login", body).status_code == 201
    shown = api("GET", path).json()["twoFactorBackupCodeUsedAt"]
    assert before <= shown <= timestamp(timezone.now())
    enrolment.new_backup_codes(Actor(user=me.user))
    assert api("GET", path).json()["twoFactorBackupCodeUsedAt"] is None


def test_a_wrong_backup_code_leaves_nothing(me: Login, enrol_app: Callable[..., App]) -> None:
    enrol_app(me.user)
    body = answer(challenge(Api())["token"], "backup", "0000000000")
    assert Api()("POST", "/login", body).status_code == 401
    assert me.api("GET", ME).json()["twoFactorBackupCodeUsedAt"] is None


def test_the_use_goes_with_the_last_factor(me: Login, enrol_app: Callable[..., App]) -> None:
    app = enrol_app(me.user)
    assert app.backup_codes
    Api()("POST", "/login", answer(challenge(Api())["token"], "backup", app.backup_codes[0]))
    assert me.api("GET", ME).json()["twoFactorBackupCodeUsedAt"]
    enrolment.remove_factors(me.user, me.user.secondfactor_set.all(), actor=Actor(name="x"))
    assert me.api("GET", ME).json()["twoFactorBackupCodeUsedAt"] is None


@pytest.mark.ratelimited
def test_it_is_limited_as_any_endpoint(me: Login, limits_clock: Clock) -> None:
    answers = [me.api("GET", ME).status_code for _ in range(5)]
    assert answers == [200] * 3 + [429] * 2
