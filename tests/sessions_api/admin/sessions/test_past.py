"""Ended sessions in the admin: a state of the list, and pages under their old addresses."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from sessions_api.callers.clients import Client
from sessions_api.models import EndCause, Expiry, PastSession, UserSession
from sessions_api.services.audit import Actor
from sessions_api.services.sessions import end_sessions
from tests.admin_paths import EVENTS, SESSIONS
from tests.api import Login
from tests.browser import browser_of, page_of
from tests.small_lists import windows_of
from tests.statements import statements

pytestmark = pytest.mark.django_db

HOSTILE = '<b onclick="alert(1)">laptop</b>'


@pytest.fixture
def ended(ann: Any, bob: Any, root: Any, log_in: Any) -> list[UserSession]:
    """Three ended sessions: Ann's by staff, her console by herself, and Bob's by its expiry."""
    laptop = log_in(ann, name=HOSTILE, client=Client("2001:db8::1", "")).session
    end_sessions(
        UserSession.objects.filter(pk=laptop.pk), actor=Actor(user=root), reason="<i>stolen</i>"
    )
    console = log_in(ann, name="console").session
    UserSession.objects.filter(pk=console.pk).update(jti=None)
    end_sessions(UserSession.objects.filter(pk=console.pk), actor=Actor(user=ann))
    phone = log_in(bob, name="phone", dialect="v4").session
    end_sessions(UserSession.objects.filter(pk=phone.pk), actor=Actor())
    PastSession.objects.filter(session_pk=phone.pk).update(cause=Expiry.LIFETIME)
    log_in(bob, name="alive")
    return [laptop, console, phone]


def found(browser: Browser, query: dict[str, Any]) -> list[str]:
    response = browser.get(SESSIONS, {"state": "ended"} | query)
    assert response.status_code == 200
    return [session.name for session in response.context["cl"].result_list]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({}, ["phone", "console", HOSTILE]),
        ({"kind": "console"}, ["console"]),
        ({"kind": "full"}, ["phone", HOSTILE]),
        ({"kind": "scoped"}, []),
        ({"kind": "rubbish"}, []),
        ({"cause": EndCause.STAFF}, [HOSTILE]),
        ({"cause": Expiry.LIFETIME}, ["phone"]),
        ({"cause": "rubbish"}, []),
        ({"dialect": "v4"}, ["phone"]),
        ({"user": "rubbish"}, []),
        ({"q": "ann"}, ["console", HOSTILE]),
        ({"q": "2001:db8::/32"}, [HOSTILE]),
        ({"q": "nobody"}, []),
        ({"ended_at__gte": "2026-01-01 00:00:00+00:00"}, ["phone", "console", HOSTILE]),
        ({"ended_at__lt": "2026-01-01 00:00:00+00:00"}, []),
        ({"created_at__gte": "2020-01-01"}, ["phone", "console", HOSTILE]),
        ({"created_at__lt": "2020-01-01"}, []),
    ],
)
def test_they_are_a_state_of_the_list(
    ended: Any, roots_desk: Browser, query: dict[str, Any], names: list[str]
) -> None:
    assert found(roots_desk, query) == names


def test_they_are_found_by_user_and_id(
    ended: list[UserSession], roots_desk: Browser, ann: Any
) -> None:
    assert found(roots_desk, {"user": ann.pk}) == ["console", HOSTILE]
    assert found(roots_desk, {"q": str(ended[2].sid), "user": ended[2].user_id}) == ["phone"]


def test_the_list_says_how_they_ended_and_leads_to_their_pages(
    ended: list[UserSession], roots_desk: Browser
) -> None:
    page = roots_desk.get(SESSIONS, {"state": "ended"}).content.decode()
    assert "by staff · root · &lt;i&gt;stolen&lt;/i&gt;" in page
    assert page_of(ended[0]) in page
    assert HOSTILE not in page
    assert 'name="action"' not in page
    # The other states lead back.
    assert "?state=active" in page


def test_a_page_stays_under_its_address(ended: list[UserSession], roots_desk: Browser) -> None:
    page = roots_desk.get(page_of(ended[0]))
    text = page.content.decode()
    assert page.status_code == 200
    for shown in ("by staff", "&lt;i&gt;stolen&lt;/i&gt;", "2001:db8::1", ">root</a>", ">ann</a>"):
        assert shown in text
    assert HOSTILE not in text
    assert "deletelink" not in text
    assert f"{SESSIONS}?state=ended" in text
    assert roots_desk.post(page_of(ended[0]), {"name": "x"}).status_code == 403


def test_a_page_leads_back_to_the_list_from_which_it_was_opened(
    ended: list[UserSession], roots_desk: Browser, ann: Any
) -> None:
    query = {"state": "ended", "user": str(ann.pk), "kind": "full"}
    listed = roots_desk.get(SESSIONS, query).content.decode()
    [link] = re.findall(rf'href="({page_of(ended[0])}[^"]*)"', listed)
    page = roots_desk.get(unescape(link)).content.decode()
    [back, _] = re.findall(rf'href="({SESSIONS}[?][^"]*kind=full[^"]*)"', page)
    assert parse_qs(urlsplit(unescape(back)).query) == {k: [v] for k, v in query.items()}


@pytest.mark.parametrize("text", ["%00", '"><script>', "a=%ff", "=", "&" * 2000])
def test_what_a_link_remembers_may_be_anything(
    ended: list[UserSession], roots_desk: Browser, text: str
) -> None:
    page = roots_desk.get(page_of(ended[0]), {"_changelist_filters": text})
    assert page.status_code in (200, 400)
    assert "><script>" not in page.content.decode()


def test_an_active_session_comes_first(ended: list[UserSession], roots_desk: Browser) -> None:
    alive = UserSession.objects.get(name="alive")
    PastSession.objects.filter(session_pk=ended[2].pk).update(session_pk=alive.pk)
    assert "deletelink" in roots_desk.get(page_of(alive)).content.decode()


@pytest.mark.parametrize("key", ["0", "rubbish", "9" * 30, "٣"])
def test_pages_that_never_were(ended: Any, roots_desk: Browser, key: str) -> None:
    assert roots_desk.get(f"{SESSIONS}{key}/change/").status_code == 302


def test_they_need_the_permission_to_view_sessions(
    ended: list[UserSession], newcomer: Any, staff: Any
) -> None:
    stranger = browser_of(newcomer, "view_auditevent")
    assert stranger.get(SESSIONS, {"state": "ended"}).status_code == 403
    assert stranger.get(page_of(ended[0])).status_code == 403
    assert "laptop" not in stranger.get(EVENTS).content.decode()
    viewer = browser_of(staff, "view_usersession")
    assert viewer.get(SESSIONS, {"state": "ended"}).status_code == 200
    page = viewer.get(page_of(ended[0])).content.decode()
    assert "by staff" in page
    assert EVENTS not in page


def test_nothing_that_ended_can_be_ended(ended: list[UserSession], roots_desk: Browser) -> None:
    posted = {"action": "delete_selected", "_selected_action": [ended[0].pk]}
    assert roots_desk.post(f"{SESSIONS}?state=ended", posted).status_code == 403
    assert "data-if-found" in roots_desk.get(SESSIONS).content.decode()
    assert "data-if-found" not in roots_desk.get(SESSIONS, {"state": "ended"}).content.decode()
    everything = roots_desk.get(f"{SESSIONS}end/?state=ended", follow=True)
    assert "No session" in everything.content.decode() or everything.redirect_chain
    assert UserSession.objects.filter(name="alive").exists()


def test_pages_follow_each_other(roots_desk: Browser, ann: Any, log_in: Any) -> None:
    for number in range(60):
        log_in(ann, name=f"no. {number}", now=timezone.now() - timedelta(minutes=number))
    end_sessions(UserSession.objects.owned_by(ann), actor=Actor(user=ann))
    for query in ({}, {"user": ann.pk}):
        first = roots_desk.get(SESSIONS, {"state": "ended"} | query).context["cl"]
        assert len(first.result_list) == 50
        second = roots_desk.get(SESSIONS + first.older_link).context["cl"]
        assert len(second.result_list) == 10
        names = {one.name for one in [*first.result_list, *second.result_list]}
        assert len(names) == 60


def test_what_a_search_without_an_index_reads_is_bounded(ended: Any, roots_desk: Browser) -> None:
    with windows_of(1):
        listed = roots_desk.get(SESSIONS, {"state": "ended", "q": "2001:db8::1"}).context["cl"]
    assert listed.result_list == []
    assert isinstance(listed.searched_to, datetime)
    assert listed.searched_to.tzinfo == UTC


def test_the_user_of_some_was_deleted_by_sql(ended: Any, roots_desk: Browser) -> None:
    PastSession.objects.update(user_id=999_999)
    assert found(roots_desk, {}) == ["phone", "console", HOSTILE]
    page = roots_desk.get(SESSIONS, {"state": "ended"}).content.decode()
    assert "deleted user 999999" in page


def test_the_number_of_queries_does_not_depend_on_the_rows(
    me: Login, root: Any, roots_desk: Browser, log_in: Any
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            roots_desk.get(SESSIONS, {"state": "ended"})
        return len(statements(captured))

    end_sessions(UserSession.objects.owned_by(me.user), actor=Actor(user=root))
    before = queries()
    for _ in range(5):
        log_in(me.user)
    end_sessions(UserSession.objects.owned_by(me.user), actor=Actor(user=root))
    assert queries() == before


def test_it_is_no_page_of_its_own() -> None:
    assert not admin.site.is_registered(PastSession)
