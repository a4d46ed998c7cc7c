"""The search for everything: what it finds, for whom, and what it says otherwise."""

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client as Browser
from django.test import RequestFactory, override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cumulonimbus.models import User
from sessions_api.admin.search.kinds import users, users_in_words
from sessions_api.admin.search.results import LISTED, LONGEST, Search
from sessions_api.callers.clients import Client
from sessions_api.models import AuditEvent, PastSession, UserSession
from sessions_api.services.audit import Actor
from sessions_api.services.sessions import end_sessions
from tests.admin_paths import EVENTS, SEARCH, SESSIONS, USERS
from tests.api import HOME, Login
from tests.browser import browser_of, page_of

pytestmark = pytest.mark.django_db

LogIn = Callable[..., Login]
EVERYTHING = ("view_user", "view_usersession", "view_auditevent")


def found(browser: Browser, term: str) -> Any:
    return browser.get(SEARCH, {"q": term})


def content(browser: Browser, term: str) -> str:
    page = found(browser, term)
    assert page.status_code == 200
    return unescape(page.content.decode().partition('<div id="content"')[2])


@pytest.fixture
def all_seeing(staff: Any) -> Browser:
    return browser_of(staff, *EVERYTHING)


class TestOneAnswer:
    @pytest.mark.parametrize(
        "term", ["ann", " ANN ", "ann@example.com", "ann@ex", "\u200eann\u200f"]
    )
    def test_a_user_by_name_or_address(self, all_seeing: Browser, me: Login, term: str) -> None:
        assert found(all_seeing, term)["Location"] == page_of(me.user)

    def test_a_user_by_id(self, all_seeing: Browser, me: Login) -> None:
        assert found(all_seeing, str(me.user.pk))["Location"] == page_of(me.user)

    def test_a_session_by_id(self, all_seeing: Browser, me: Login) -> None:
        assert found(all_seeing, str(me.session.sid))["Location"] == page_of(me.session)

    def test_a_session_by_address(self, staff: Any, ann: Any, log_in: LogIn) -> None:
        session = log_in(ann, client=Client(address="192.0.2.9", user_agent="")).session
        browser = browser_of(staff, "view_usersession")
        for term in ("192.0.2.9", "192.0.2.0/28", "::ffff:192.0.2.9"):
            assert found(browser, term)["Location"] == page_of(session)

    def test_events_from_an_address(self, staff: Any, me: Login) -> None:
        browser = browser_of(staff, "view_auditevent")
        assert found(browser, HOME)["Location"] == f"{EVENTS}?q={HOME}"
        assert browser.get(f"{EVENTS}?q={HOME}").context["cl"].result_list

    def test_events_of_a_request(self, all_seeing: Browser, ann: Any) -> None:
        AuditEvent.objects.create(kind="login", request_id="req-1")
        link = found(all_seeing, "req-1")["Location"]
        assert link == f"{EVENTS}?request_id=req-1"
        assert len(all_seeing.get(link).context["cl"].result_list) == 1

    def test_events_of_a_deleted_user(self, all_seeing: Browser, me: Login) -> None:
        key = me.user.pk
        me.user.delete()
        AuditEvent.objects.create(kind="account_deleted", subject_id=key)
        assert found(all_seeing, str(key))["Location"] == f"{EVENTS}?q={key}"


class TestSeveralAnswers:
    def test_users_who_begin_with_it_the_exact_one_first(
        self, all_seeing: Browser, make_user: Any
    ) -> None:
        for name in ("annabel", "ann", "Anna", "hannah"):
            make_user(name)
        page = content(all_seeing, "ann")
        assert re.findall(r"<bdi>(\w*nn\w*)</bdi>", page) == ["ann", "Anna", "annabel"]

    def test_each_user_leads_to_page_sessions_and_events(
        self, all_seeing: Browser, me: Login, make_user: Any
    ) -> None:
        make_user("anna")
        page = content(all_seeing, "ann")
        links = (
            page_of(me.user),
            f"{SESSIONS}?user={me.user.pk}",
            f"{EVENTS}?subject={me.user.pk}",
        )
        for link in links:
            assert f'href="{link}"' in page
            assert all_seeing.get(link).status_code == 200

    def test_what_tells_users_apart(self, all_seeing: Browser, make_user: Any) -> None:
        make_user("ann", email="ann@example.com", is_staff=True, is_superuser=True)
        make_user("anna", is_active=False)
        page = content(all_seeing, "ann")
        assert "ann@example.com" in page
        assert "active, superuser, staff" in page
        assert "<bdi>banned</bdi>" in page

    def test_more_than_a_page_are_left_to_the_list(
        self, all_seeing: Browser, make_user: Any
    ) -> None:
        for number in range(LISTED + 1):
            make_user(f"ann{number}")
        page = content(all_seeing, "ann")
        assert page.count(">active<") == LISTED
        assert f'href="{USERS}?q=ann">Users: more than {LISTED}<' in page

    def test_sessions_of_one_second(
        self, all_seeing: Browser, me: Login, bob: Any, log_in: LogIn
    ) -> None:
        UserSession.objects.filter(pk=me.session.pk).update(sid=1000, name="Ann's")
        UserSession.objects.filter(pk=log_in(bob).session.pk).update(
            sid=1000, name="Bob's", expires_at=timezone.now() - timedelta(hours=1)
        )
        page = content(all_seeing, "1000")
        assert page.index("Ann's") < page.index("Bob's")
        for word in (">ann<", ">bob<", HOME, ">active<", ">expired<", "<time "):
            assert word in page

    def test_many_sessions_are_left_to_the_list(
        self, all_seeing: Browser, ann: Any, log_in: LogIn
    ) -> None:
        for _ in range(LISTED + 1):
            log_in(ann)
        page = content(all_seeing, HOME)
        assert f'href="{SESSIONS}?q={HOME}">Sessions: more than {LISTED}<' in page
        assert f'href="{EVENTS}?q={HOME}"' in page


class TestPermissions:
    def test_nobody_finds_users_without_the_permission(self, staff: Any, me: Login) -> None:
        browser = browser_of(staff, "view_usersession", "view_auditevent")
        page = content(browser, "an")
        assert "Nothing found" in page
        assert "Users" not in page
        assert USERS not in page

    def test_the_exact_name_leads_to_what_the_lists_show_anyway(
        self, staff: Any, me: Login
    ) -> None:
        found_by = {"view_usersession": page_of(me.session), "view_auditevent": f"{EVENTS}?q=ann"}
        for permission, url in found_by.items():
            assert found(browser_of(staff, permission), "ann")["Location"] == url

    def test_each_kind_requires_its_permission(self, staff: Any, me: Login) -> None:
        AuditEvent.objects.create(kind="login", request_id="req-1", address="192.0.2.1")
        terms = {
            "view_user": ["ann", str(me.user.pk)],
            "view_usersession": ["ann", str(me.user.pk), str(me.session.sid), HOME],
            "view_auditevent": ["ann", str(me.user.pk), HOME, "192.0.2.1", "req-1"],
        }
        for permission, those in terms.items():
            browser = browser_of(staff, permission)
            for term in {term for some in terms.values() for term in some}:
                status = found(browser, term).status_code
                assert status == (302 if term in those else 200), (permission, term)

    def test_others_are_refused(self, staff: Any, ann: Any) -> None:
        assert found(browser_of(staff, "delete_usersession"), "ann").status_code == 403
        assert found(browser_of(ann, *EVERYTHING), "ann").status_code == 302
        assert "login" in found(Browser(), "ann")["Location"]

    def test_rows_that_the_hosts_list_hides_are_not_found(
        self, root: Any, ann: Any, rf: RequestFactory
    ) -> None:
        class HidingAdmin(admin.ModelAdmin):
            def get_queryset(self, request: Any) -> Any:
                return super().get_queryset(request).none()

        request = rf.get(SEARCH)
        request.user = root
        for kind, rows in ((admin.ModelAdmin, 1), (HidingAdmin, 0)):
            site = admin.AdminSite()
            site.register(User, kind)
            results = users(Search(site, request, "ann"))
            assert results
            assert len(results.rows) == rows

    def test_it_only_reads(self, all_seeing: Browser) -> None:
        assert all_seeing.post(SEARCH, {"q": "ann"}).status_code == 405


class TestNothing:
    def test_it_says_what_was_searched(self, all_seeing: Browser) -> None:
        page = content(all_seeing, "<i>zed")
        raw = found(all_seeing, "<i>zed").content.decode()
        assert "Nothing found for “<bdi>&lt;i&gt;zed</bdi>”" in raw
        assert "username or email address begins with this" in page
        assert "Sessions of this ID" in page
        assert "Audit events from" in page
        assert f'href="{USERS}?{urlencode({"q": "<i>zed"})}"' in page

    def test_it_leaves_out_what_may_not_be_viewed(self, staff: Any) -> None:
        page = content(browser_of(staff, "view_usersession"), "zed")
        assert "Sessions of this ID" in page
        assert "username" not in page.partition("These were searched")[2]
        assert "Audit events" not in page

    def test_it_says_what_a_hosts_model_cannot_find(self) -> None:
        both = users_in_words(["username", "email"], "email")
        assert both == users_in_words(["email"], None)
        assert "email address begins" in both
        assert "whose email address" in users_in_words(["username"], "email")
        assert "begins" not in users_in_words([], "email")

    @pytest.mark.parametrize("term", ["", "  ", "\u200e"])
    def test_without_a_term_nothing_is_searched(self, all_seeing: Browser, term: str) -> None:
        page = content(all_seeing, term)
        assert "Nothing found" not in page
        assert 'name="q"' in page

    def test_a_long_term_is_not_searched(self, all_seeing: Browser) -> None:
        with CaptureQueriesContext(connection) as captured:
            page = content(all_seeing, "a" * 10_240)
        assert f"at most {LONGEST} characters" in page
        assert len(page) < 15_000
        assert not any("aaa" in query["sql"] for query in captured)


@pytest.mark.parametrize(
    "term",
    [
        "9" * 18,
        "9" * 19,
        "9" * 255,
        "-1",
        "1.5",
        "1e400",
        "١٢٣",
        "²",
        "fe80::1%eth0",
        "fe80::1%eth0/64",
        "::",
        "::/0",
        "0.0.0.0/0",
        "10.0.0.0/33",
        "10.0.0.0/255.0.0.0",
        "300.1.1.1",
        "😀" * 200,
        "e\u0301",
        "ß",
        "İ",
        "\udc80",
        "\u202ea",
        "%",
        "_",
        "\\",
        "'; --",
        "(((((",
        "{{ 7 }}",
        "\U0010ffff",
    ],
)
def test_odd_terms_are_answered(all_seeing: Browser, me: Login, term: str) -> None:
    query = urlencode({"q": term}, errors="surrogatepass")
    assert all_seeing.get(f"{SEARCH}?{query}").status_code in {200, 302}


def test_a_nul_is_dropped_where_no_middleware_refuses_it(
    staff: Any, me: Login, settings: Any
) -> None:
    refusing = ".UnstorableInputMiddleware"
    without = [name for name in settings.MIDDLEWARE if not name.endswith(refusing)]
    with override_settings(MIDDLEWARE=without):
        browser = browser_of(staff, *EVERYTHING)
        assert found(browser, "a\x00nn")["Location"] == page_of(me.user)


def test_queries(all_seeing: Browser, me: Login, make_user: Any) -> None:
    # Two for the exact name and address, two for prefixes, one for the rows; events of a request.
    assert queries(all_seeing, "ann") == 5 + 1
    for number in range(30):
        make_user(f"annabel{number}", email=f"annabel{number}@example.com")
    assert queries(all_seeing, "ann") == 5 + 1
    # Three with the id, two for prefixes; sessions of this id, and ended ones; events of a deleted
    # user of this id, as actor and as subject, and of a request.
    assert queries(all_seeing, "1795000000") == 5 + 2 + 3
    # Sessions with their users, and events.
    assert queries(all_seeing, HOME) == 4 + 2 + 1


def queries(browser: Browser, term: str) -> int:
    """Return the number of queries of the search, without those of the same page without a term."""

    def asked(term: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            found(browser, term)
        # A redirect shows neither a banner nor links to the user's own pages.
        shown = ("killswitches", "second_factors")
        return len([q for q in captured if not any(one in q["sql"] for one in shown)])

    return asked(term) - asked("")


def test_an_ended_session_is_found_by_its_id(me: Login, roots_desk: Browser) -> None:
    session = me.session
    end_sessions(UserSession.objects.all(), actor=Actor(user=me.user))
    answer = roots_desk.get(SEARCH, {"q": str(session.sid)})
    assert (answer.status_code, answer.headers["Location"]) == (302, page_of(session))
    for _ in range(2):
        PastSession.objects.create(
            session_pk=session.pk + 1,
            user_id=999_999,
            sid=session.sid,
            name="<b>of a deleted user</b>",
            created_at=session.created_at,
            expires_at=session.expires_at,
            ended_at=session.expires_at,
            cause="of a later version",
        )
    page = roots_desk.get(SEARCH, {"q": str(session.sid)}).content.decode()
    assert "&lt;b&gt;of a deleted user&lt;/b&gt;" in page
    assert "999999" in page
    assert "of a later version" in page
