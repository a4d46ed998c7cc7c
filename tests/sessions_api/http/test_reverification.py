"""Reverification by password, at every endpoint that requires it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password

from killswitches.models import KillSwitch
from sessions_api.http.viewsets import base
from sessions_api.models import AuditEvent, UserSession
from sessions_api.ratelimits import rates
from sessions_api.signals import reverification_failed
from tests.api import CHROME, HOME, Login
from tests.cast import PASSWORD
from tests.rate_clock import Clock

pytestmark = pytest.mark.django_db

SCOPED = {"name": "Backup script", "permissionFlags": 32}

#: method, path, other fields of the body
ENDPOINTS = [
    ("POST", "/users/me/sessions", SCOPED),
    ("POST", "/users/me/2fa/totp", {}),
    ("POST", "/users/me/2fa/webauthn", {}),
    ("POST", "/users/me/2fa/backup", {}),
    ("DELETE", "/users/me/2fa/1", {}),
    ("DELETE", "/users/me/2fa/all", {}),
    ("PUT", "/killswitches/5", {}),
    ("DELETE", "/killswitches/5", {}),
    ("DELETE", "/killswitches", {}),
    ("DELETE", "/users/1/2fa/1", {}),
    ("DELETE", "/users/1/2fa/all", {}),
]
endpoints = pytest.mark.parametrize(("method", "path", "body"), ENDPOINTS)


@endpoints
@pytest.mark.parametrize("password", [None, "", 7, ["x"], {"x": 1}, True, "a\x00b", "\ud800"])
def test_a_missing_or_malformed_password(
    boss: Login, method: str, path: str, body: dict[str, Any], password: Any
) -> None:
    for attempt in (body, body | {"password": password}):
        response = boss.api(method, path, attempt)
        assert (response.status_code, response.json()) == (
            400,
            {"code": "MISSING_FIELDS_ERROR", "message": "Missing Fields", "fields": ["password"]},
        )
    assert not AuditEvent.objects.filter(kind="reverification_failed").exists()


@endpoints
@pytest.mark.parametrize("password", ["guess", f"{PASSWORD} ", f" {PASSWORD}", PASSWORD.upper()])
def test_a_wrong_password(
    boss: Login, method: str, path: str, body: dict[str, Any], password: str
) -> None:
    response = boss.api(method, path, body | {"password": password})
    assert (response.status_code, response.json()) == (
        401,
        {"code": "INVALID_PASSWORD_ERROR", "message": "Invalid Password"},
    )
    assert response["WWW-Authenticate"] == "Bearer"
    assert UserSession.objects.count() == 1


@endpoints
def test_the_right_password(boss: Login, method: str, path: str, body: dict[str, Any]) -> None:
    """The endpoint itself responds: the users and factors in these paths do not exist."""
    response = boss.api(method, path, body | {"password": PASSWORD})
    assert response.json().get("code") not in {"MISSING_FIELDS_ERROR", "INVALID_PASSWORD_ERROR"}
    assert not AuditEvent.objects.filter(kind="reverification_failed").exists()


def test_a_wrong_password_is_audited_and_signalled(
    me: Login, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    heard: list[dict[str, Any]] = []

    def listen(**what: Any) -> None:
        heard.append(what)

    reverification_failed.connect(listen)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            me.api("POST", "/users/me/2fa/totp", {"password": "guess"})
            me.api("POST", "/users/me/2fa/totp", {"password": PASSWORD})
    finally:
        reverification_failed.disconnect(listen)
    event = AuditEvent.objects.get(kind="reverification_failed")
    assert (event.actor, event.subject) == (me.user, me.user)
    assert (event.address, event.user_agent, event.detail) == (HOME, CHROME, {})
    assert [(one["sender"], one["actor"].user) for one in heard] == [(UserSession, me.user)]


@pytest.mark.ratelimited
def test_wrong_passwords_share_one_count_at_all_endpoints(
    boss: Login, log_in: Callable[..., Login], limits_clock: Clock
) -> None:
    limit = rates.WRONG_PASSWORDS.limit
    assert (limit, rates.WRONG_PASSWORDS.period) == (5, 300)
    answers = []
    for n in range(limit + 2):
        method, path, body = ENDPOINTS[n % 2 + 2]
        thief = log_in(boss.user).api
        thief.address = f"203.0.113.{n}"
        limits_clock.now += 2
        answers.append(thief(method, path, body | {"password": f"guess {n}"}).status_code)
    assert answers == [401] * limit + [429] * 2
    refused = boss.api("PUT", "/killswitches/5", {"password": PASSWORD})
    assert (refused.status_code, refused.json()["code"]) == (429, "RATELIMITED_ERROR")
    limits_clock.now += int(refused["Retry-After"])
    assert boss.api("PUT", "/killswitches/5", {"password": PASSWORD}).status_code == 200


@pytest.mark.ratelimited
def test_requests_beyond_the_limit_are_still_counted(me: Login, limits_clock: Clock) -> None:
    """By all limits, or requests that are refused after reading their body would be free."""
    guess = "POST", "/users/me/2fa/totp", {"password": "guess"}
    for _ in range(rates.WRONG_PASSWORDS.limit):
        limits_clock.now += 2
        assert me.api(*guess).status_code == 401
    limits_clock.now += 2
    answers = [me.api(*guess) for _ in range(rates.BURST.limit + 1)]
    reasons = [(one.status_code, one["RateLimit-Reason"]) for one in answers]
    assert reasons == [(429, "standard")] * rates.BURST.limit + [(429, "burst")]


class TestStaffWaitingForAHash:
    """The caller loses authority while the password is being hashed, so the operation must fail."""

    @pytest.mark.parametrize(
        ("loss", "status"),
        [
            (lambda user: user.login_sessions.all().delete(), 401),
            (lambda user: type(user).objects.update(is_active=False), 403),
            (lambda user: type(user).objects.update(is_staff=False), 403),
            (lambda user: user.user_permissions.clear(), 403),
            (lambda user: type(user).objects.update(password=make_password("another")), 401),
        ],
    )
    def test_no_switch_is_flipped(
        self, boss: Login, monkeypatch: pytest.MonkeyPatch, loss: Any, status: int
    ) -> None:
        monkeypatch.setattr(base, "reverify", lambda *_, **__: loss(boss.user))
        answer = boss.api("PUT", "/killswitches/5", {"password": PASSWORD})
        assert answer.status_code == status
        assert not KillSwitch.objects.filter(enabled=True).exists()


@pytest.mark.ratelimited
def test_wrong_passwords_of_one_user_do_not_affect_another(
    boss: Login, bobs: Login, limits_clock: Clock
) -> None:
    for _ in range(7):
        boss.api("PUT", "/killswitches/5", {"password": "guess"})
    response = bobs.api("POST", "/users/me/2fa/totp", {"password": PASSWORD})
    assert response.status_code == 200


@pytest.mark.ratelimited
def test_the_headers_are_those_of_the_limit_that_refused(me: Login, limits_clock: Clock) -> None:
    for _ in range(rates.WRONG_PASSWORDS.limit + 1):
        limits_clock.now += 2
        refused = me.api("POST", "/users/me/2fa/totp", {"password": "guess"})
    assert refused.status_code == 429
    limit, remaining = refused["RateLimit-Limit"], refused["RateLimit-Remaining"]
    assert (limit, remaining) == (str(rates.WRONG_PASSWORDS.limit), "0")
