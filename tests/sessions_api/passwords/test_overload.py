"""With a full hashing queue, requests get 503 before hashing. Nothing is counted or stored."""

from typing import Any

import argon2
import pytest

from cumulonimbus.overload import OverloadMiddleware
from killswitches.models import KillSwitch
from killswitches.registry import GLOBAL
from killswitches.testing import switched_on
from sessions_api.exceptions import Overloaded
from sessions_api.models import AuditEvent, UserSession
from tests.api import Api, Login
from tests.browser import browser_of
from tests.cast import PASSWORD
from tests.rate_clock import Clock
from tests.sessions_api.http.dialects.spellings import WITH_LOGIN, Dialect
from tests.sessions_api.passwords.overload import full_queue, no_room_any_more

pytestmark = pytest.mark.django_db

RETRY_AFTER = "2"
LOGIN = {"username": "ann", "password": PASSWORD}

#: The queue is full when the request arrives, or only when its password would be hashed.
sooner_and_later = pytest.mark.parametrize("full_queue", [full_queue, no_room_any_more])


@sooner_and_later
@pytest.mark.parametrize("dialect", WITH_LOGIN, ids=str)
@pytest.mark.parametrize("hide", [False, True])
def test_a_login_in_every_dialect(
    dialect: Dialect,
    hide: bool,
    full_queue: Any,
    ann: Any,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings.SESSIONS_API = settings.SESSIONS_API | {"HIDE_UNKNOWN_USERS": hide}
    hashes: list[Any] = []
    monkeypatch.setattr(argon2.low_level, "hash_secret", hashes.append)
    monkeypatch.setattr(argon2.PasswordHasher, "verify", hashes.append)
    with full_queue():
        for name in ("ann", "nobody") if hide else ("ann",):
            answer = dialect.log_in(dialect.api(), name)
            refusal = dialect.error("SERVICE_UNAVAILABLE_ERROR")
            assert (answer.status_code, answer.json()) == (503, refusal)
            assert answer["Retry-After"] == RETRY_AFTER
    assert hashes == []
    assert not UserSession.objects.exists()
    assert not AuditEvent.objects.exists()


@sooner_and_later
@pytest.mark.ratelimited
def test_a_refused_login_does_not_count(
    full_queue: Any, api: Api, ann: Any, limits_clock: Clock
) -> None:
    with full_queue():
        answers = [api("POST", "/login", LOGIN) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [503] * 6
    login = api("POST", "/login", LOGIN)
    assert (login.status_code, login["RateLimit-Remaining"]) == (201, "3")


@sooner_and_later
@pytest.mark.ratelimited
def test_a_reverification(full_queue: Any, boss: Login, limits_clock: Clock) -> None:
    path, body = "/killswitches/0", {"password": PASSWORD}
    with full_queue():
        for _ in range(6):
            answer = boss.api("PUT", path, body)
            assert (answer.status_code, answer["Retry-After"]) == (503, RETRY_AFTER)
    assert not AuditEvent.objects.filter(kind="reverification_failed").exists()
    assert not KillSwitch.objects.filter(enabled=True).exists()
    assert boss.api("PUT", path, body).status_code == 200


def test_requests_without_passwords_are_not_affected(me: Login) -> None:
    with full_queue():
        assert me.api("GET", "/users/me/sessions/me").status_code == 200


@pytest.mark.ratelimited
def test_the_login_of_the_admin(client: Any, staff: Any, limits_clock: Clock) -> None:
    body = {"username": "sam", "password": PASSWORD}
    with full_queue():
        for _ in range(6):
            page = client.post("/admin/login/", body)
            assert page.status_code == 503
            assert "try again in a few seconds" in page.content.decode()
    assert not AuditEvent.objects.exists()
    assert client.post("/admin/login/", body).status_code == 302


def test_a_page_of_the_admin(staff: Any, ann: Any) -> None:
    desk = browser_of(staff, "change_user", "view_user")
    new = "Correct-horse-9"
    body = {"password1": new, "password2": new, "usable_password": "true"}
    stored = ann.password
    path = f"/admin/cumulonimbus/user/{ann.pk}/password/"
    with full_queue():
        page = desk.post(path, body)
    assert (page.status_code, page["Retry-After"]) == (503, RETRY_AFTER)
    ann.refresh_from_db()
    assert ann.password == stored
    assert desk.post(path, body).status_code == 302


def test_other_errors_have_no_such_page() -> None:
    middleware = OverloadMiddleware(lambda request: None)  # type: ignore[arg-type,return-value]
    assert middleware.process_exception(None, ValueError()) is None  # type: ignore[arg-type]
    answer = middleware.process_exception(None, Overloaded(3))  # type: ignore[arg-type]
    assert answer is not None
    assert (answer.status_code, answer["Retry-After"]) == (503, "3")


def test_refusals_are_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    with full_queue():
        assert Api()("POST", "/login", LOGIN).status_code == 503
    with switched_on(GLOBAL):
        assert Api()("POST", "/login", LOGIN).status_code == 503
    assert not caplog.records
    assert Api()("GET", "/nowhere").status_code == 404
    assert caplog.records
