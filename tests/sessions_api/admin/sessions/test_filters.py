"""Filtering and searching the list of sessions in the admin."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from sessions_api.admin.bulk_sign_outs.criteria import NAMES
from sessions_api.admin.sessions.admin import UserSessionAdmin
from sessions_api.admin.sessions.filters import StateFilter
from sessions_api.callers.clients import Client
from sessions_api.models import UserSession
from sessions_api.scopes import Scope
from tests.admin_paths import SESSIONS
from tests.api import HOME, Login
from tests.browser import expire
from tests.small_lists import pages_of

pytestmark = pytest.mark.django_db

LogIn = Callable[..., Login]

MARCH = datetime(2026, 3, 1, tzinfo=UTC)
LATER = MARCH + timedelta(days=40)


@pytest.fixture
def four(ann: Any, bob: Any, log_in: LogIn) -> None:
    """Create four sessions that differ in every filtered value."""
    log_in(ann, name="ann's", dialect="v5", now=MARCH, lifetime=timedelta(days=10_000))
    expire(log_in(ann, name="old", now=LATER))
    log_in(ann, name="scoped", permission_flags=Scope.ALL)
    bobs = log_in(bob, name="bob's", client=Client("2001:db8::1", ""), dialect="v4").session
    UserSession.objects.filter(pk=bobs.pk).update(location="Rome, Italy", used_at=MARCH)


def found(browser: Browser, query: dict[str, Any]) -> set[str]:
    """Return the names of the sessions of any state that match a query, all on one page."""
    response = browser.get(SESSIONS, {"state": "all"} | query)
    assert response.status_code == 200
    return {session.name for session in response.context["cl"].result_list}


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"state": "active"}, {"ann's", "scoped", "bob's"}),
        ({"state": "expired"}, {"old"}),
        ({"state": "all"}, {"ann's", "old", "scoped", "bob's"}),
        ({"state": "rubbish"}, set()),
        ({"kind": "full"}, {"ann's", "old", "bob's"}),
        ({"kind": "scoped"}, {"scoped"}),
        ({"kind": "rubbish"}, set()),
        ({"browser": "Chrome"}, {"ann's", "old", "scoped"}),
        ({"browser": ""}, {"bob's"}),
        ({"browser": "rubbish"}, set()),
        ({"os": "Linux"}, {"ann's", "old", "scoped"}),
        ({"dialect": "v5"}, {"ann's"}),
        ({"dialect": ""}, {"old", "scoped"}),
        ({"location": "Rome, Italy"}, {"bob's"}),
        ({"user": "nobody"}, set()),
        ({"user": "9" * 50}, set()),
        ({"user": "٣"}, set()),
        ({"used_at__isnull": "True"}, {"ann's", "old", "scoped"}),
        ({"used_at__gte": "2026-02-01 00:00:00+00:00"}, {"bob's"}),
        ({"created_at__gte": "2100-01-01 00:00:00+00:00"}, set()),
        ({"created_at__lt": "2026-05-01 00:00:00+00:00"}, {"ann's", "old"}),
        ({"created_at__gte": str(MARCH), "created_at__lt": str(LATER)}, {"ann's"}),
        ({"created_at__gte": str(MARCH + timedelta(seconds=1))}, {"old", "scoped", "bob's"}),
        ({"created_at__gte": "2026-04-01", "created_at__lt": "2026-05-01"}, {"old"}),
        ({"kind": "full", "state": "active", "browser": "Chrome"}, {"ann's"}),
        ({"created_at__lt": "2026-05-01", "state": "expired", "q": "ann"}, {"old"}),
    ],
)
def test_filters(desk: Browser, four: None, query: dict[str, str], names: set[str]) -> None:
    assert found(desk, query) == names


@pytest.mark.parametrize(
    ("term", "names"),
    [
        ("ann", {"ann's", "old", "scoped"}),
        (" ANN ", {"ann's", "old", "scoped"}),
        ("Ann@Example.com", {"ann's", "old", "scoped"}),
        ("an", set()),
        ("nobody", set()),
        (HOME, {"ann's", "old", "scoped"}),
        (f"::ffff:{HOME}", {"ann's", "old", "scoped"}),
        ("198.51.100.0/24", {"ann's", "old", "scoped"}),
        ("198.51.100.9/28", {"ann's", "old", "scoped"}),
        ("198.51.100.16/28", set()),
        ("198.51.100", set()),
        ("0.0.0.0/0", {"ann's", "old", "scoped"}),
        ("2001:DB8:0::1", {"bob's"}),
        ("2001:db8::/32", {"bob's"}),
        ("::/0", {"bob's"}),
        ("2001:db9::/32", set()),
        ("10.1.0.0/99", set()),
        ("10.1.0.0/-1", set()),
        ("999.1.1.1", set()),
        ("fe80::1%eth0", set()),
        (" ", {"ann's", "old", "scoped", "bob's"}),
        ("'\"%_\\*", set()),
        ("<script>alert(1)</script>", set()),
        ("9" * 18, set()),
        ("9" * 19, set()),
        ("9" * 10_000, set()),
        ("x" * 10_000, set()),
        ("٣", set()),
        ("-1", set()),
    ],
)
def test_search(desk: Browser, four: None, term: str, names: set[str]) -> None:
    assert found(desk, {"q": term}) == names


def test_search_by_ids(desk: Browser, four: None, ann: Any, bob: Any) -> None:
    session = UserSession.objects.get(name="old")
    assert found(desk, {"q": session.sid}) == {"old"}
    assert found(desk, {"q": ann.pk}) == {"ann's", "old", "scoped"}


def test_every_meaning_of_a_term_is_found(
    desk: Browser, make_user: Callable[..., Any], bob: Any, log_in: LogIn
) -> None:
    sid = log_in(bob, name="by its id").session.sid
    log_in(make_user(str(sid)), name="by the username", now=MARCH)
    log_in(make_user(HOME), name="by the name", client=Client("10.0.0.1", ""), now=MARCH)
    log_in(bob, name="neither", client=Client("10.0.0.1", ""), now=LATER)
    assert found(desk, {"q": sid}) == {"by its id", "by the username"}
    assert found(desk, {"q": HOME}) == {"by its id", "by the username", "by the name"}


def test_search_and_filters_are_combined(desk: Browser, four: None, bob: Any) -> None:
    assert found(desk, {"q": "ann", "kind": "scoped"}) == {"scoped"}
    assert found(desk, {"q": "ann", "user": bob.pk}) == set()
    assert found(desk, {"q": "2001:db8::/32", "user": bob.pk}) == {"bob's"}


def test_common_browsers_are_available_and_any_can_be_requested(
    desk: Browser, ann: Any, log_in: LogIn
) -> None:
    for number in range(12):
        for _ in range(2 if number else 1):
            log_in(ann, client=Client(None, f"browser{number:02}/1.0"))
    offered = [f">browser{number:02}</a>" for number in range(12)]

    page = desk.get(SESSIONS).content.decode()
    assert offered[0] not in page
    assert sum(link in page for link in offered) == 10

    assert len(found(desk, {"browser": "browser00"})) == 1
    assert offered[0] in desk.get(SESSIONS, {"browser": "browser00"}).content.decode()


def test_the_sessions_of_one_user(desk: Browser, ann: Any, bob: Any, log_in: LogIn) -> None:
    log_in(ann), log_in(bob)
    response = desk.get(SESSIONS, {"user": ann.pk})
    assert {session.user for session in response.context["cl"].result_list} == {ann}
    assert "By user" in response.content.decode()


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"q": "\x00"}, 400),
        ({"browser": "\x00"}, 400),
        ({"created_at__gte": "rubbish"}, 302),
        ({"created_at__gte": ""}, 302),
        ({"created_at__lt": "9" * 5000}, 302),
        ({"used_at__isnull": "rubbish"}, 200),
        ({"used_at__gte": "rubbish"}, 302),
        ({"p": "9" * 50}, 200),
        ({"all": ""}, 200),
        ({"_facets": "True"}, 200),
        ({"o": "rubbish.-99"}, 200),
        ({"before": "rubbish"}, 400),
        ({"before": ""}, 400),
        ({"before": "1"}, 400),
        ({"before": "1_2_3"}, 400),
        ({"before": "1_x"}, 400),
        ({"before": "\x00_1"}, 400),
        ({"before": f"{2**63}_1"}, 400),
        ({"after": f"1_{2**63}"}, 400),
        ({"after": f"-{2**64}_1"}, 400),
        ({"after": "9" * 5000 + "_1"}, 400),
        ({"before": "0_0"}, 200),
        ({"after": "0_0"}, 200),
        ({"before": "-5_-5"}, 200),
        ({"jti": "1"}, 400),
    ],
)
def test_invalid_parameters(desk: Browser, four: None, query: Any, status: int) -> None:
    assert desk.get(SESSIONS, query).status_code == status


@pytest.mark.parametrize(
    "query",
    [
        {"created_at__gte": "0001-01-01 00:00:00+14:00"},
        {"created_at__lt": "0001-01-01"},
        {"used_at__lt": "9999-12-31 23:59:59-14:00"},
    ],
)
def test_times_outside_the_calendar(desk: Browser, query: Any) -> None:
    # Whether these can be compared depends on the database.
    assert desk.get(SESSIONS, query).status_code in {200, 302, 400}


def test_without_a_search_only_active_ones_are_shown(desk: Browser, four: None) -> None:
    def names(query: dict[str, Any]) -> set[str]:
        return {one.name for one in desk.get(SESSIONS, query).context["cl"].result_list}

    assert names({}) == {"ann's", "scoped", "bob's"}
    assert names({"q": " "}) == {"ann's", "scoped", "bob's"}
    assert names({"browser": "Chrome"}) == {"ann's", "scoped"}
    assert names({"q": "ann"}) == {"ann's", "old", "scoped"}
    assert names({"q": "ann", "state": "active"}) == {"ann's", "scoped"}


@pytest.mark.parametrize(
    ("query", "chosen"),
    [({}, "Active"), ({"q": "ann"}, "All of these"), ({"state": "expired"}, "Expired")],
)
def test_the_shown_state_is_marked(
    desk: Browser, four: None, query: dict[str, Any], chosen: str
) -> None:
    changelist = desk.get(SESSIONS, query).context["cl"]
    [state] = [spec for spec in changelist.filter_specs if isinstance(spec, StateFilter)]
    choices = list(state.choices(changelist))
    assert [one["display"] for one in choices if one["selected"]] == [chosen]
    assert "All" not in [one["display"] for one in choices]


def links(page: str) -> dict[str, str]:
    """Return the targets of the links on a page, by their texts."""
    return {text: unescape(url) for url, text in re.findall(r'<a href="([^"]*)">([^<]*)</a>', page)}


def test_the_search_of_the_list_keeps_its_filters(desk: Browser, four: None) -> None:
    page = desk.get(SESSIONS, {"q": "ann", "os": "Linux"}).content.decode()
    assert 'value="ann" id="searchbar"' in page
    assert '<input type="hidden" name="os" value="Linux">' in page


def test_an_empty_list_says_what_to_try(desk: Browser, four: None) -> None:
    page = desk.get(SESSIONS, {"q": "ann", "os": "Plan 9"}).content.decode()
    assert "Nothing matches." in page
    assert links(page)["Search without filters"] == "?q=ann"
    assert links(page)["Show the whole list"] == "?"
    page = desk.get(SESSIONS, {"browser": "Chrome", "os": "Plan 9"}).content.decode()
    assert links(page)["Look in all states"] == "?browser=Chrome&os=Plan+9&state=all"
    assert links(page)["Look among ended sessions"] == "?browser=Chrome&os=Plan+9&state=ended"
    page = desk.get(SESSIONS, {"q": "nobody"}).content.decode()
    assert "Nothing matches. Exact username, email" in page
    assert "Look in all states" not in page
    assert "Search without filters" not in page
    page = desk.get(SESSIONS).content.decode()
    assert "Nothing matches." not in page


@pytest.mark.parametrize(
    ("query", "offered"),
    [({}, "everybody"), ({"q": "ann"}, "matching"), ({"q": "nobody"}, None)],
)
def test_all_can_be_ended_only_where_something_matches(
    desk: Browser, four: None, query: dict[str, str], offered: str | None
) -> None:
    page = desk.get(SESSIONS, query).content.decode()
    assert ("End everybody" in page) == (offered == "everybody")
    assert ("End all matching" in page) == (offered == "matching")


def test_all_sessions_of_one_user_are_counted(
    desk: Browser, ann: Any, bob: Any, log_in: LogIn
) -> None:
    for user in (ann, ann, ann, bob):
        log_in(user)
    with pages_of(2, UserSessionAdmin):
        for query in ({"user": ann.pk}, {"user": ann.pk, "state": "all"}, {"q": "ann"}):
            assert desk.get(SESSIONS, query).context["cl"].size == "3"


# The number of queries apart from the sample for four filters and the users of the rows: the page;
# the end of the window, or the number that an index finds, or the size of the table; the accounts
# that the term names.
@pytest.mark.parametrize(
    ("query", "of_sessions", "of_users"),
    [
        ({"state": "all"}, 1 + 1, 1),
        # The page, and the size of a small table, compare the password marks of the owners.
        ({}, 1 + 2, 1 + 1),
        ({"before": f"{2**40}_1"}, 1 + 3, 1 + 2),
        ({"kind": "full"}, 1 + 2, 1 + 1),
        ({"state": "active", "browser": "Chrome", "os": "Linux"}, 1 + 2, 1 + 1),
        ({"created_at__gte": "2020-01-01", "state": "all"}, 1 + 1, 1),
        ({"created_at__gte": "2020-01-01", "kind": "full"}, 1 + 2, 1 + 1),
        ({"q": "ann"}, 1 + 1, 1 + 2),
        ({"q": "ann", "kind": "full"}, 1 + 2, 1 + 2),
        ({"q": HOME}, 1 + 2, 1 + 2),
        ({"q": HOME, "kind": "full"}, 1 + 2, 1 + 2),
        ({"q": "nobody"}, 1, 2),
    ],
)
def test_statements(
    desk: Browser,
    ann: Any,
    bob: Any,
    log_in: LogIn,
    query: dict[str, str],
    of_sessions: int,
    of_users: int,
) -> None:
    def statements() -> list[int]:
        with CaptureQueriesContext(connection) as captured:
            assert desk.get(SESSIONS, query).status_code == 200
        tables = ("sessions_api_usersession", "cumulonimbus_user")
        return [sum(f'FROM "{table}"' in one["sql"] for one in captured) for table in tables]

    log_in(ann)
    few = statements()
    for _ in range(10):
        log_in(ann)
        log_in(bob, permission_flags=Scope.SESSION_READ)
    assert statements() == few
    # One more query reads the user of the request.
    assert few == [of_sessions, of_users + 1]


def test_each_filter_has_a_name_in_the_criteria_of_a_bulk_sign_out(rf: Any, root: Any) -> None:
    request = rf.get(SESSIONS)
    request.user = root
    changelist = admin.site.get_model_admin(UserSession).get_changelist_instance(request)
    assert changelist.has_filters
    for filter_spec in changelist.filter_specs:
        names = {name.removesuffix("__in") for name in filter_spec.expected_parameters()}
        assert names & NAMES.keys(), filter_spec.expected_parameters()
