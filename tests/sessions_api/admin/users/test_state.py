"""The state of an account on top of its page: what it says, to whom, and in how many queries."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from killswitches.relative_times import recent_time
from sessions_api.admin.users.activity import COUNTED
from sessions_api.callers.clients import Client
from sessions_api.models import AuditEvent, UserSession
from sessions_api.scopes import Scope
from sessions_api.services.audit import Actor, event, record, record_all
from sessions_api.services.bans import set_banned
from sessions_api.services.sessions import end_sessions
from tests.api import Login
from tests.browser import FIREFOX, browser_of, expire, page_of, state_on

pytestmark = pytest.mark.django_db

LogIn = Callable[..., Login]
SEEING = ("view_usersession", "view_auditevent", "view_secondfactor")
#: For the page of a user, with Django's own for the login, its session and permissions.
QUERIES = 31


@pytest.fixture
def window(staff: Any) -> Browser:
    """The browser of a staff user who may view everything, and change nothing."""
    return browser_of(staff, "view_user", *SEEING)


def test_of_a_user_who_is_logged_in(window: Browser, ann: Any, log_in: LogIn) -> None:
    log_in(ann), log_in(ann, permission_flags=Scope.ALL), expire(log_in(ann))
    state = state_on(window.get(page_of(ann)))
    assert [*state] == ["State", "Second factors", "Sessions", "Last login", "Password"]
    assert state["State"] == "active"
    assert state["Sessions"] == "1 active, 1 API token"
    assert state["Password"] == "usable"


def test_the_last_login_is_the_newest_whose_session_may_have_ended(
    window: Browser, ann: Any, log_in: LogIn
) -> None:
    assert state_on(window.get(page_of(ann)))["Last login"] == "none known"
    log_in(ann)
    log_in(ann, client=Client("203.0.113.9", FIREFOX), location="Reykjavík, Iceland")
    failed = Actor(client=Client("192.0.2.1", "curl/8.5.0"))
    record(AuditEvent.Kind.LOGIN_FAILED, failed, subject=ann)
    UserSession.objects.all().delete()
    last = AuditEvent.objects.filter(kind="login").latest("pk")
    parts = (recent_time(last.at), "Firefox 140.0 on Linux", "203.0.113.9", "Reykjavík, Iceland")
    expected = ", ".join(f"<bdi>{part}</bdi>" for part in parts)
    assert state_on(window.get(page_of(ann)))["Last login"] == expected


def test_a_revoked_password_is_told(window: Browser, ann: Any) -> None:
    ann.set_unusable_password()
    ann.save()
    page = window.get(page_of(ann))
    assert state_on(page)["Password"] == "revoked: no login until a new one is set"
    assert [fact.label for fact in page.context["facts"] if fact.is_alarming] == ["Password"]


def test_a_ban_by_somebody_who_is_gone(window: Browser, ann: Any, make_user: Any) -> None:
    set_banned(ann, True, actor=Actor(name="the command line"), reason="")
    text = state_on(window.get(page_of(ann)))["State"]
    assert text.endswith("by the command line. Reason: none given")


def test_only_those_who_may_view_the_audit_log_see_who_banned_and_why(staff: Any, ann: Any) -> None:
    set_banned(ann, True, actor=Actor(name="the command line"), reason="Spam")
    others = browser_of(staff, "view_user", "change_user", "view_usersession")
    page = others.get(page_of(ann))
    assert state_on(page)["State"] == "banned"
    assert "the command line" not in page.content.decode()
    assert (
        "Spam"
        in state_on(browser_of(staff, "view_user", "view_auditevent").get(page_of(ann)))["State"]
    )


@pytest.mark.parametrize(
    ("permissions", "labels"),
    [
        ([], {"State", "Second factors", "Password"}),
        (["view_usersession"], {"State", "Second factors", "Password", "Sessions"}),
        (["view_auditevent"], {"State", "Second factors", "Password", "Last login"}),
    ],
)
def test_each_fact_requires_its_permission(
    staff: Any, ann: Any, permissions: list[str], labels: set[str]
) -> None:
    page = browser_of(staff, "view_user", *permissions).get(page_of(ann))
    assert {*state_on(page)} == labels


def test_who_may_only_view_has_no_form_to_save(window: Browser, staff: Any, ann: Any) -> None:
    page = window.get(page_of(ann)).content.decode()
    assert 'name="_save"' not in page
    assert "account-deeds" not in page
    assert "The account</h2>" in page
    changing = browser_of(staff, "change_user").get(page_of(ann)).content.decode()
    assert changing.index("account-state") < changing.index("Change the account</h2>")
    assert changing.index("Change the account</h2>") < changing.index('name="_save"')


def test_a_form_with_errors_does_not_change_what_is_told(roots_desk: Browser, ann: Any) -> None:
    page = roots_desk.post(page_of(ann), {"username": "?", "is_active": ""})
    assert page.context["errors"]
    assert state_on(page)["State"] == "active"


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "\u202eevil", "😈", "x" * 255])
def test_hostile_texts_are_escaped(window: Browser, ann: Any, text: str) -> None:
    set_banned(ann, True, actor=Actor(name=text), reason=text)
    client = Client("192.0.2.1", text)
    record(AuditEvent.Kind.LOGIN, Actor(user=ann, client=client), subject=ann, location=text)
    page = window.get(page_of(ann))
    assert page.status_code == 200
    assert "<script>alert" not in page.content.decode()


def test_more_sessions_than_are_counted(window: Browser, ann: Any) -> None:
    until = timezone.now() + timedelta(days=1)
    sessions = [UserSession(user=ann, sid=sid, expires_at=until) for sid in range(COUNTED + 1)]
    UserSession.objects.bulk_create(sessions[:COUNTED])
    assert state_on(window.get(page_of(ann)))["Sessions"] == "1,000 active"
    UserSession.objects.bulk_create(sessions[COUNTED:])
    assert state_on(window.get(page_of(ann)))["Sessions"] == "more than 1,000 active"


def test_the_number_of_queries_is_fixed(window: Browser, staff: Any, ann: Any, log_in: Any) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert window.get(page_of(ann)).status_code == 200
        return len(captured)

    log_in(ann), log_in(ann, permission_flags=Scope.ALL)
    end_sessions(UserSession.objects.filter(pk=log_in(ann).session.pk), actor=Actor(user=staff))
    assert queries() == QUERIES
    for number in range(30):
        log_in(ann, permission_flags=Scope.ALL if number % 3 else None)
    kinds = (AuditEvent.Kind.BANNED, AuditEvent.Kind.LOGIN)
    record_all(event(kinds[n % 2], Actor(user=staff), subject=ann, session=n) for n in range(60))
    assert queries() == QUERIES
