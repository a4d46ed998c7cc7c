"""Concurrent logins, endings, bans and password changes, on PostgreSQL."""

import threading
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import transaction

from sessions_api.exceptions import InvalidUser
from sessions_api.models import AuditEvent, PastSession, UserSession
from sessions_api.services import sessions as service
from sessions_api.services.audit import Actor
from sessions_api.services.bans import set_banned
from tests.api import Login
from tests.cast import PASSWORD
from tests.together import together

pytestmark = pytest.mark.django_db(transaction=True)

OWN = "/users/me/sessions"


@pytest.mark.parametrize("trial", range(5))
def test_a_session_ended_twice_counts_once(ann: Any, log_in: Any, trial: int) -> None:
    target = log_in(ann)
    callers = [log_in(ann) for _ in range(6)]
    statuses = together(
        *[
            lambda caller=caller: caller.api("DELETE", f"{OWN}/{target.session.sid}").status_code
            for caller in callers
        ]
    )
    assert sorted(statuses) == [200, 404, 404, 404, 404, 404]
    assert AuditEvent.objects.filter(kind="sessions_ended").count() == 1
    assert PastSession.objects.get().sid == target.session.sid


@pytest.mark.parametrize("trial", range(5))
def test_each_session_is_ended_by_one_of_overlapping_calls(
    ann: Any, log_in: Any, trial: int
) -> None:
    callers = [log_in(ann) for _ in range(4)]
    sids = [log_in(ann).session.sid for _ in range(20)]
    counts = together(
        *[
            lambda caller=caller: caller.api("DELETE", OWN, {"ids": sids}).json()["count"]
            for caller in callers
        ]
    )
    assert sum(counts) == 20
    events = AuditEvent.objects.filter(kind="sessions_ended")
    recorded = [sid for event in events for sid in event.detail["sessions"]]
    assert sorted(recorded) == sorted(sids)
    assert sorted(PastSession.objects.values_list("sid", flat=True)) == sorted(sids)


def test_logins_of_one_user_in_the_same_second(ann: Any, log_in: Any) -> None:
    now = datetime.now(UTC)
    logins: list[Login] = together(*[lambda: log_in(ann, now=now)] * 20)
    second = int(now.timestamp())
    assert sorted(login.session.sid for login in logins) == list(range(second - 19, second + 1))
    assert all(login.api("GET", f"{OWN}/me").status_code == 200 for login in logins)


def test_ending_a_session_during_its_request(
    ann: Any, log_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The request that was admitted before is completed. The next one is refused."""
    caller, other = log_in(ann), log_in(ann)
    inside, ended = threading.Event(), threading.Event()
    render = service.end_sessions

    def slowly(*args: Any, **kwargs: Any) -> Any:
        inside.set()
        assert ended.wait(20)
        return render(*args, **kwargs)

    monkeypatch.setattr("sessions_api.http.viewsets.sessions.end_sessions", slowly)

    def end_the_caller() -> None:
        assert inside.wait(20)
        render(UserSession.objects.filter(pk=caller.session.pk), actor=Actor(name="the test"))
        ended.set()

    response, _ = together(
        lambda: caller.api("DELETE", f"{OWN}/{other.session.sid}"), end_the_caller
    )
    assert response.status_code == 200
    assert caller.api("GET", f"{OWN}/me").status_code == 401


def test_a_ban_while_the_password_is_being_checked(
    api: Any, ann: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    check = type(ann).check_password

    def banned_meanwhile(user: Any, password: str) -> bool:
        right = check(user, password)
        set_banned(type(user).objects.get(pk=user.pk), True, actor=Actor(name="the test"))
        return right

    monkeypatch.setattr(type(ann), "check_password", banned_meanwhile)
    response = api("POST", "/login", {"username": "ann", "password": PASSWORD})
    assert (response.status_code, response.json()["code"]) == (403, "BANNED_ERROR")
    assert not UserSession.objects.exists()


def test_a_new_password_while_the_old_one_is_being_checked(
    api: Any, ann: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    check = type(ann).check_password

    def changed_meanwhile(user: Any, password: str) -> bool:
        right = check(user, password)
        type(user).objects.filter(pk=user.pk).update(password="!another")
        return right

    monkeypatch.setattr(type(ann), "check_password", changed_meanwhile)
    response = api("POST", "/login", {"username": "ann", "password": PASSWORD})
    assert (response.status_code, response.json()["code"]) == (401, "INVALID_PASSWORD_ERROR")
    assert not UserSession.objects.exists()


def test_an_account_deleted_while_its_login_waits(ann: Any, log_in: Any) -> None:
    """The login is refused, and leaves no session."""
    locked, begun = threading.Event(), threading.Event()

    def remove() -> None:
        with transaction.atomic():
            type(ann).objects.select_for_update().get(pk=ann.pk)
            locked.set()
            assert begun.wait(20)
            ann.delete()

    def begin() -> type[Exception] | None:
        assert locked.wait(20)
        begun.set()
        try:
            log_in(type(ann)(pk=ann_pk, username="ann"))
        except Exception as error:
            return type(error)
        return None

    ann_pk = ann.pk
    _, error = together(remove, begin)
    assert error is InvalidUser
    assert not UserSession.objects.exists()


def test_the_same_flip_is_recorded_once(staff: Any, log_in: Any) -> None:
    callers = [log_in(staff) for _ in range(4)]
    responses = together(
        *[
            lambda caller=caller: caller.api("PUT", "/killswitches/5", {"password": PASSWORD})
            for caller in callers
        ]
    )
    assert {response.status_code for response in responses} == {200}
    assert AuditEvent.objects.filter(kind="switch_on").count() == 1
