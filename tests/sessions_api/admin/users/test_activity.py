"""Sessions and security history on a user's page, and the permissions for them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from killswitches.relative_times import recent_time
from sessions_api.admin.users.activity import NEWEST
from sessions_api.callers.clients import Client
from sessions_api.models import AuditEvent, PastSession, UserSession
from sessions_api.scopes import Scope
from sessions_api.services.audit import Actor, event, record, record_all
from sessions_api.services.sessions import end_sessions
from tests.admin_paths import SESSIONS as SESSION_PAGES
from tests.api import Login
from tests.browser import browser_of, expire, page_of

pytestmark = pytest.mark.django_db

LogIn = Callable[..., Login]
SESSIONS, TOKENS, ENDED = "Active sessions", "API tokens", "Ended sessions"
HISTORY = "Security history"


@pytest.fixture
def window(staff: Any) -> Browser:
    """The browser of a staff user who may view everything, and change nothing."""
    return browser_of(staff, "view_user", "view_usersession", "view_auditevent")


def tables(browser: Browser, user: Any) -> dict[str, Any]:
    """Return the tables on a user's page by title."""
    return {table.title: table for table in browser.get(page_of(user)).context["activity"]}


def ban(actor: Any, user: Any, reason: str) -> None:
    record(AuditEvent.Kind.BANNED, Actor(user=actor), subject=user, reason=reason)


def cells(table: Any) -> list[dict[str, str]]:
    """Return the cells of each row by the table's headers, in lower case."""
    headers = [header.lower() for header in table.headers]
    return [dict(zip(headers, row.cells.values(), strict=True)) for row in table.rows]


def test_active_sessions_are_shown_as_in_their_list(
    window: Browser, ann: Any, bob: Any, log_in: LogIn
) -> None:
    expire(log_in(ann, name="expired", now=datetime.now(UTC) - timedelta(hours=1)))
    log_in(bob, name="bob's")
    earlier = datetime.now(UTC) - timedelta(minutes=1)
    old, new = log_in(ann, name="old", now=earlier), log_in(ann, name="new")
    UserSession.objects.filter(pk=new.session.pk).update(location="Reykjavík")

    table = tables(window, ann)[SESSIONS]

    assert [row.url for row in table.rows] == [page_of(new.session), page_of(old.session)]
    newest, other = cells(table)
    assert (newest["name"], other["name"]) == ("new", "old")
    assert newest["from"].endswith(">198.51.100.7</span><br>Reykjavík")
    assert "Chrome" in newest["device"]
    assert newest["state"].split()[0] == "active"
    assert "full" in newest["kind"]
    page = window.get(page_of(ann)).content.decode()
    assert f'<th scope="row"><a href="{page_of(new.session)}">new</a></th>' in page
    assert f'href="/admin/sessions_api/usersession/?user={ann.pk}"' in page


def test_api_tokens_are_found_behind_many_logins(window: Browser, ann: Any, log_in: LogIn) -> None:
    earlier = datetime.now(UTC) - timedelta(hours=1)
    login = log_in(ann, name="A script", permission_flags=Scope.SESSION_READ, now=earlier)
    for _ in range(NEWEST + 1):
        log_in(ann)
    [row] = cells(tables(window, ann)[TOKENS])
    assert row["name"] == "A script"
    assert "SESSION_READ" in row["kind"]
    page = window.get(page_of(ann)).content.decode()
    assert f'href="{page_of(login.session)}"' in page
    assert f"?user={ann.pk}&amp;kind=scoped" in page


def test_ended_sessions_tell_who_ended_them_when_and_why(
    window: Browser, staff: Any, ann: Any, bob: Any, log_in: LogIn
) -> None:
    for user in (ann, bob):
        session = log_in(user, name=f"{user}'s laptop").session
        sessions = UserSession.objects.filter(pk=session.pk)
        end_sessions(sessions, actor=Actor(user=staff), owner=user, reason="stolen")
    past = PastSession.objects.get(user=ann)

    table = tables(window, ann)[ENDED]

    assert [row.url for row in table.rows] == [f"{SESSION_PAGES}{past.session_pk}/change/"]
    [row] = cells(table)
    assert (row["name"], row["reason"]) == ("ann's laptop", "stolen")
    assert f'<a href="{page_of(staff)}">sam</a>' in row["ended by"]
    assert row["ended"] == recent_time(past.ended_at)
    assert "Chrome" in row["device"]
    page = window.get(page_of(ann)).content.decode()
    assert f"?user={ann.pk}&amp;state=ended" in page
    # The history names it, too.
    assert f'<a href="{table.rows[0].url}">ann&#x27;s laptop</a>' in page.split(HISTORY)[1]


def test_the_history_names_sessions_only_to_those_who_may_view_them(
    staff: Any, ann: Any, log_in: LogIn
) -> None:
    log_in(ann, name="Ann's phone")
    page = browser_of(staff, "view_user", "view_auditevent").get(page_of(ann)).content.decode()
    assert "Ann&#x27;s phone" not in page


def test_the_history_shows_kind_time_actor_address_and_reason(
    window: Browser, staff: Any, ann: Any, bob: Any
) -> None:
    actor = Actor(user=staff, client=Client("203.0.113.9", "curl/8.5.0"))
    record(AuditEvent.Kind.BANNED, actor, subject=ann, reason="spam")
    ban(staff, bob, "noise")
    ban(ann, staff, "revenge")

    [row] = tables(window, ann)[HISTORY].rows

    _, kind, who, where, why = row.cells.values()
    assert (kind, where) == ("Banned", "203.0.113.9")
    assert f'<a href="{page_of(staff)}">sam</a>' in who
    assert "spam" in why
    assert row.url == page_of(AuditEvent.objects.get(subject=ann))
    page = window.get(page_of(ann)).content.decode()
    assert f'href="/admin/sessions_api/auditevent/?subject={ann.pk}"' in page


def test_empty_tables_say_so(window: Browser, ann: Any) -> None:
    assert window.get(page_of(ann)).content.decode().count("<p>None.</p>") == 4


def test_only_the_newest_are_shown_in_few_queries(
    window: Browser, staff: Any, ann: Any, log_in: LogIn
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert window.get(page_of(ann)).status_code == 200
        return len(captured)

    log_in(ann)
    few = queries()
    for _ in range(NEWEST + 5):
        log_in(ann)
    record_all(
        event(AuditEvent.Kind.BANNED, Actor(user=staff), subject=ann, reason=str(number))
        for number in range(NEWEST + 5)
    )
    assert queries() <= few
    shown = tables(window, ann)
    sids = list(UserSession.objects.order_by("-sid").values_list("pk", flat=True))[:NEWEST]
    assert [row.url for row in shown[SESSIONS].rows] == [page_of(UserSession(pk=pk)) for pk in sids]
    reasons = [row.cells["summary"] for row in shown[HISTORY].rows]
    assert reasons == [f"<bdi>reason: {number}</bdi>" for number in range(NEWEST + 4, 4, -1)]


@pytest.mark.parametrize(
    ("permissions", "shown"),
    [
        ([], set()),
        (["view_usersession"], {SESSIONS, TOKENS, ENDED}),
        (["view_auditevent"], {HISTORY}),
        (["delete_usersession"], set()),
        (["view_usersession", "view_auditevent"], {SESSIONS, TOKENS, ENDED, HISTORY}),
    ],
)
def test_each_table_requires_its_permission(
    staff: Any, ann: Any, log_in: LogIn, permissions: list[str], shown: set[str]
) -> None:
    log_in(ann, name="Ann's own")
    browser = browser_of(staff, "view_user", *permissions)
    assert set(tables(browser, ann)) == shown
    page = browser.get(page_of(ann)).content.decode()
    assert ("Ann&#x27;s own" in page) is (SESSIONS in shown)
    assert ("?user=" in page) is (SESSIONS in shown)
    assert ("?subject=" in page) is (HISTORY in shown)


def test_ending_sessions_is_offered_with_the_permission(
    window: Browser, staff: Any, ann: Any, make_user: Any
) -> None:
    def offered(browser: Browser, user: Any) -> bool:
        link = f"/admin/sessions_api/usersession/of/{user.pk}/end/"
        return f'href="{link}"' in browser.get(page_of(user)).content.decode()

    assert not offered(window, ann)
    browser = browser_of(staff, "view_user", "delete_usersession")
    assert offered(browser, ann)
    assert browser.get(f"/admin/sessions_api/usersession/of/{ann.pk}/end/").status_code == 302
    assert not offered(browser, make_user("root", is_superuser=True))


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "\u202eevil", "😈", "x" * 128])
def test_hostile_texts_are_escaped(
    window: Browser, staff: Any, ann: Any, log_in: LogIn, text: str
) -> None:
    log_in(ann, name=text)
    UserSession.objects.update(browser=text, os=text, location=text)
    ban(staff, ann, text)
    page = window.get(page_of(ann))
    assert page.status_code == 200
    assert "<script>alert" not in page.content.decode()
    assert tables(window, ann)[SESSIONS].rows[0].cells["name"] == text


def test_a_new_user_has_no_tables(roots_desk: Browser) -> None:
    page = roots_desk.get("/admin/cumulonimbus/user/add/")
    assert page.status_code == 200
    assert "activity" not in page.context
