"""A new password, and "This wasn't me"."""

from typing import Any

import pytest

from killswitches.registry import ACCOUNT_MODIFY
from killswitches.testing import switched_on
from sessions_api.models import AuditEvent, UserSession
from tests.api import is_dead
from tests.cast import PASSWORD
from tests.sessions_api.account.visitor import LOGIN, SESSIONS, Visitor

pytestmark = pytest.mark.django_db

PAGE = "/account/password/"
NEW = "a much better one"
GOOD = {"new_password1": NEW, "new_password2": NEW, "password": PASSWORD}


def test_it_ends_everything_else(anns: Visitor, other: Any) -> None:
    anns.open(PAGE)
    assert anns.send(PAGE, **GOOD)["Location"] == SESSIONS
    anns.follow()
    assert "You have a new password, and are logged out everywhere else." in anns.text
    assert is_dead(other)
    assert UserSession.objects.get().user.check_password(NEW)
    event = AuditEvent.objects.get(kind="password_changed")
    assert (event.actor_name, event.subject_name) == ("ann", "ann")


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"password": "guess"}, "This is not your password."),
        ({"password": ""}, "This field is required."),
        ({"new_password2": "another"}, "match"),
        ({"new_password1": "ann", "new_password2": "ann"}, "too short"),
        ({"password": "x" * 5000}, "at most 4096"),
        ({"password": "\x00"}, "Null characters"),
    ],
)
def test_what_is_refused(anns: Visitor, changes: Any, text: str) -> None:
    anns.open(PAGE)
    page = anns.send(PAGE, **GOOD | changes)
    assert page.status_code == 200
    assert text in anns.text
    assert NEW not in page.content.decode()
    assert UserSession.objects.get().user.check_password(PASSWORD)


def test_with_a_second_factor(anns: Visitor, ann: Any, enrol_app: Any) -> None:
    app = enrol_app(ann)
    app.next_code()
    anns.open(PAGE)
    for wrong in ({"code": "000000"}, {}, {"code": app.code(), "token": "x"}):
        anns.send(PAGE, **GOOD | wrong)
        assert "That was not accepted" in anns.text
    assert anns.send(PAGE, **GOOD | {"code": app.code()}).status_code == 302
    ann.refresh_from_db()
    assert ann.check_password(NEW)


def test_a_second_factor_that_has_been_enrolled_since(
    anns: Visitor, ann: Any, enrol_app: Any
) -> None:
    anns.open(PAGE)
    app = enrol_app(ann)
    app.next_code()
    anns.send(PAGE, **GOOD)
    ann.refresh_from_db()
    assert ann.check_password(PASSWORD)
    assert anns.send(PAGE, **GOOD | {"code": app.code()}).status_code == 302


@pytest.mark.ratelimited
def test_wrong_passwords_are_counted(anns: Visitor, settings: Any) -> None:
    settings.SESSIONS_API = settings.SESSIONS_API | {"RATES": {"BURST": (100, 1)}}
    anns.open(PAGE)
    statuses = [anns.send(PAGE, **GOOD | {"password": "guess"}).status_code for _ in range(6)]
    assert statuses == [200] * 5 + [429]
    assert AuditEvent.objects.filter(kind="reverification_failed").count() == 5


def test_an_expired_login_in_the_middle(anns: Visitor) -> None:
    anns.open(PAGE)
    UserSession.objects.all().delete()
    assert anns.send(PAGE, **GOOD)["Location"] == f"{LOGIN}?next=%2Faccount%2Fpassword%2F"
    anns.follow()
    assert "You were logged out, and nothing was changed." in anns.text
    assert anns.send(LOGIN, username="ann", password=PASSWORD)["Location"] == PAGE


def test_a_switch(anns: Visitor) -> None:
    anns.open(PAGE)
    with switched_on(ACCOUNT_MODIFY):
        assert anns.send(PAGE, **GOOD).status_code == 503
        assert "Not available at the moment" in anns.text


class TestNotMe:
    def test_it_secures_the_account(self, anns: Visitor, other: Any, settings: Any) -> None:
        settings.SESSIONS_API = settings.SESSIONS_API | {"PASSWORD_CHANGE_ENDS_SESSIONS": False}
        path = f"{SESSIONS}sessions/{other.session.sid}/not-me/"
        assert path in anns.open().content.decode()
        anns.open(path)
        assert "Other Chrome 87 on Linux" in anns.text
        assert anns.send(path, **GOOD).status_code == 302
        assert is_dead(other)
        assert anns.is_logged_in
        event = AuditEvent.objects.get(kind="account_secured")
        assert event.detail["session"] == other.session.sid

    @pytest.mark.parametrize("sid", ["x", "0", "9" * 30, "12345"])
    def test_a_session_that_has_ended(self, anns: Visitor, sid: str) -> None:
        path = f"{SESSIONS}sessions/{sid}/not-me/"
        anns.open(path)
        assert "logged out already" in anns.text
        assert anns.send(path, **GOOD | {"password": "guess"}).status_code == 200
        assert anns.send(path, **GOOD).status_code == 302
