"""API tokens on pages."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from killswitches.registry import ACCOUNT_LOGIN, ACCOUNT_MODIFY, Switch
from killswitches.testing import switched_on
from sessions_api.models import AuditEvent, UserSession
from sessions_api.scopes import Scope
from tests.api import Api
from tests.cast import PASSWORD
from tests.sessions_api.account.token_form import GIVEN, NEW, TOKENS
from tests.sessions_api.account.visitor import Visitor

pytestmark = pytest.mark.django_db


def make(visitor: Visitor, **fields: Any) -> str | None:
    """Send the form, and return the token that the page shows."""
    visitor.open(NEW)
    page = visitor.send(NEW, **GIVEN | fields)
    found = re.search(r'<textarea id="token"[^>]*>([^<]+)<', page.content.decode())
    return found[1] if found else None


def scoped() -> Any:
    return UserSession.objects.filter(permission_flags__isnull=False)


def test_a_token_is_made_and_shown_once(anns: Visitor) -> None:
    token = make(anns)
    assert token
    assert anns.page["Cache-Control"] == "no-store"
    api = Api(token=token)
    assert api("GET", "/users/me/sessions").status_code == 200
    assert api("DELETE", "/users/me/sessions/me").status_code == 403
    made = scoped().get()
    assert (made.name, made.permission_flags) == ("Backup script", Scope.SESSION_READ)
    assert made.expires_at - made.created_at <= timedelta(days=1)
    event = AuditEvent.objects.get(kind="scoped_session")
    assert event.detail["scopes"] == ["SESSION_READ"]
    anns.open(TOKENS)
    assert "Backup script" in anns.text
    assert "View the sessions." in anns.text
    assert token not in anns.page.content.decode()


def test_a_long_life(anns: Visitor) -> None:
    assert make(anns, lifetime="long_lived")
    made = scoped().get()
    assert made.expires_at - made.created_at > timedelta(days=3650)


def test_lifetimes_are_those_of_the_api(anns: Visitor) -> None:
    ours = settings.SESSIONS_API | {"LIFETIMES": {"v5": {"long_lived": timedelta(days=30)}}}
    with override_settings(SESSIONS_API=ours):
        anns.open(NEW)
        assert "30 days" in anns.text
        assert make(anns, lifetime="long_lived")
    made = scoped().get()
    assert made.expires_at - made.created_at <= timedelta(days=30)


@pytest.mark.parametrize(
    "fields",
    [
        {"password": "wrong"},
        {"password": ""},
        {"scopes": []},
        {"scopes": ["0"]},
        {"scopes": ["-1"]},
        {"scopes": ["x"]},
        {"scopes": ["33"]},
        {"scopes": [str(1 << 40)]},
        {"scopes": [str(Scope.STAFF_READ_SESSIONS.value)]},
        {"name": ""},
        {"name": "\x00"},
        {"name": "x" * 129},
        {"lifetime": "rubbish"},
        {"lifetime": "remembered"},
    ],
)
def test_what_makes_none(anns: Visitor, fields: dict[str, Any]) -> None:
    assert make(anns, **fields) is None
    assert anns.page.status_code == 200
    assert not scoped().exists()


def test_scopes_for_staff_are_offered_to_staff(anns: Visitor, staff: Any) -> None:
    anns.open(NEW)
    assert "any user" not in anns.text
    sams = Visitor().log_in("sam")
    assert make(sams, scopes=["32", str(Scope.STAFF_READ_SESSIONS.value)])
    assert scoped().get().permission_flags == 32 | Scope.STAFF_READ_SESSIONS


def test_a_second_factor_is_asked_for(anns: Visitor, ann: Any, enrol_app: Any) -> None:
    app = enrol_app(ann)
    assert make(anns, code="000000") is None
    assert PASSWORD not in anns.page.content.decode()
    assert not scoped().exists()
    assert make(anns, scopes=["32", "64"], name="<b>x", code=app.code(steps=1))
    made = scoped().get()
    assert (made.name, made.permission_flags) == ("<b>x", 32 | 64)


def test_a_token_is_ended(anns: Visitor) -> None:
    token = make(anns)
    anns.open(TOKENS)
    anns.send(f"/account/sessions/{scoped().get().sid}/end/")
    assert Api(token=token)("GET", "/users/me/sessions").status_code == 401


def test_only_ones_own_tokens_are_listed(anns: Visitor, bob: Any, log_in: Any) -> None:
    log_in(bob, permission_flags=32, name="Bob's token")
    anns.open(TOKENS)
    assert "Bob" not in anns.text
    assert "You have no token." in anns.text


def test_many_tokens_take_two_queries(anns: Visitor, ann: Any, log_in: Any) -> None:
    for number in range(22):
        log_in(ann, permission_flags=32, name=f"Token {number}")
    with CaptureQueriesContext(connection) as captured:
        anns.open(TOKENS)
    assert len(captured) == 2  # the session, and the tokens
    names = re.findall(r"Token \d+", anns.text)
    [older] = re.findall(r'href="(\?before=\d+)"', anns.page.content.decode())
    anns.open(TOKENS + older)
    names += re.findall(r"Token \d+", anns.text)
    assert sorted(names) == sorted(f"Token {number}" for number in range(22))


@pytest.mark.parametrize("switch", [ACCOUNT_LOGIN, ACCOUNT_MODIFY])
def test_kill_switches(anns: Visitor, switch: Switch) -> None:
    anns.open(NEW)
    with switched_on(switch):
        assert anns.send(NEW, **GIVEN).status_code == 503
    assert not scoped().exists()


@pytest.mark.ratelimited
def test_the_rate_is_that_of_the_api(anns: Visitor) -> None:
    """Pages and the API share one bucket."""
    api = Api(token=anns.token)
    for _ in range(2):
        assert make(anns)
        body = {"name": "x", "permissionFlags": 32, "password": PASSWORD}
        assert api("POST", "/users/me/sessions", body).status_code == 201
    assert make(anns) is None
    assert anns.page.status_code == 429
    assert scoped().count() == 4


def test_a_foreign_form_makes_none(anns: Visitor) -> None:
    assert anns.post(NEW, GIVEN, origin="https://evil.example").status_code == 403
    assert anns.post(NEW, GIVEN).status_code == 403
    assert not scoped().exists()
