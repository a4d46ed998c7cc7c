"""Reverification asks the same adapter and backends as a login."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.backends import ModelBackend
from django.core.handlers.wsgi import WSGIRequest

from sessions_api.models import AuditEvent
from tests.adapters import SCRIPTED, Scripted
from tests.api import Login
from tests.backends import Broken, Confused, Denying, Directory
from tests.browser import browser_of
from tests.cast import PASSWORD
from tests.rate_clock import Clock

pytestmark = pytest.mark.django_db

Ask = Callable[..., None]
ELSEWHERE = "another horse"


def status(login: Login, password: str) -> int:
    """Return the status of creating a scoped session."""
    body = {"name": "A script", "permissionFlags": 32, "password": password}
    answer: int = login.api("POST", "/users/me/sessions", body).status_code
    return answer


def test_a_password_that_only_a_directory_knows(
    ann: Any, log_in: Callable[..., Login], ask_backends: Ask
) -> None:
    ann.set_unusable_password()
    ann.save()
    Directory.passwords["ann"] = ELSEWHERE
    ask_backends(Directory, ModelBackend)
    me = log_in(ann)
    assert status(me, "guess") == 401
    assert status(me, ELSEWHERE) == 201
    assert Directory.asked == ["ann", "ann"]
    assert {type(request) for request in Directory.requests} == {WSGIRequest}


def test_one_hash(me: Login, hashes: list[str]) -> None:
    for password, expected in (("guess", 401), (PASSWORD, 201)):
        hashes.clear()
        assert (status(me, password), hashes) == (expected, ["verified"])


@pytest.mark.parametrize(("backend", "expected"), [(Denying, 401), (Confused, 401), (Broken, 500)])
def test_difficult_backends(
    backend: type, expected: int, me: Login, bob: Any, ask_backends: Ask
) -> None:
    ask_backends(backend, *([] if backend is Confused else [ModelBackend]))
    assert status(me, PASSWORD) == expected
    failures = AuditEvent.objects.filter(kind="reverification_failed")
    assert failures.exists() == (expected == 401)


@pytest.mark.ratelimited
def test_failures_of_a_backend_count(me: Login, ask_backends: Ask, limits_clock: Clock) -> None:
    ask_backends(Broken)
    statuses = []
    for n in range(6):
        me.api.address = f"203.0.113.{n}"
        limits_clock.now += 2
        statuses.append(status(me, f"guess {n}"))
    assert statuses == [500] * 5 + [429]


def test_an_adapter(me: Login, settings: Any) -> None:
    settings.SESSIONS_API = settings.SESSIONS_API | {"ADAPTER": SCRIPTED}
    names: list[str] = []

    def authenticate(name: str, password: str, *, account: Any, request: Any) -> Any:
        names.append(name)
        return account if password == "pin" else None

    with Scripted.scripted(authenticate=authenticate):
        assert [status(me, password) for password in ("pin", PASSWORD)] == [201, 401]
    assert names == ["ann", "ann"]


def test_the_page_on_which_staff_change_their_password(staff: Any, ask_backends: Ask) -> None:
    staff.set_unusable_password()
    staff.save()
    Directory.passwords["sam"] = ELSEWHERE
    ask_backends(Directory, ModelBackend)
    desk = browser_of(staff)
    new = {"new_password1": "Correct-horse-9", "new_password2": "Correct-horse-9"}
    path = "/admin/password_change/"
    assert desk.post(path, new | {"old_password": "guess"}).status_code == 200
    assert desk.post(path, new | {"old_password": ELSEWHERE}).status_code == 302
    staff.refresh_from_db()
    assert staff.check_password("Correct-horse-9")
