"""Keyset pages of the list of sessions, newest first."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, parse_qsl

import pytest
from django.db.models.functions import Now
from django.test import Client as Browser

from sessions_api.admin.sessions.admin import UserSessionAdmin
from sessions_api.models import UserSession
from tests.admin_paths import SESSIONS
from tests.browser import select
from tests.small_lists import pages_of, windows_of

pytestmark = pytest.mark.django_db

SIZE = 5
BEGIN = 1_700_000_000


@pytest.fixture(autouse=True)
def _short_pages() -> Iterator[None]:
    with pages_of(SIZE, UserSessionAdmin):
        yield


@pytest.fixture
def short_windows() -> Iterator[None]:
    """Limit windows to eight rows."""
    with windows_of(8):
        yield


def begin(user: Any, seconds: range, **fields: Any) -> None:
    """Create a session of the user at each of these seconds, named after it."""
    UserSession.objects.bulk_create(
        UserSession(
            user=user,
            sid=BEGIN + second,
            name=str(second),
            address="10.0.0.1",
            created_at=datetime.fromtimestamp(BEGIN + second, UTC),
            expires_at=datetime(2100, 1, 1, tzinfo=UTC),
            **fields,
        )
        for second in seconds
    )


def open_page(browser: Browser, query: str | dict[str, Any]) -> Any:
    """Open a page, and return its list."""
    if isinstance(query, str):
        query = dict(parse_qsl(query.removeprefix("?"), keep_blank_values=True))
    response = browser.get(SESSIONS, query)
    assert response.status_code == 200
    return response.context["cl"]


def names(listed: Any) -> list[str]:
    return [session.name for session in listed.result_list]


def walk(browser: Browser, query: dict[str, Any], link: str = "older_link") -> Iterator[Any]:
    """Yield all pages by following the links."""
    listed = open_page(browser, query)
    yield listed
    while following := getattr(listed, link):
        listed = open_page(browser, following)
        yield listed


def down(numbers: range) -> list[str]:
    return [str(number) for number in reversed(numbers)]


def test_every_session_is_on_one_page_newest_first(desk: Browser, ann: Any, bob: Any) -> None:
    # The newer half is stored first, and many sessions have the same second.
    begin(ann, range(10, 17))
    begin(bob, range(17))
    pages = [names(listed) for listed in walk(desk, {})]
    shown = [name for page in pages for name in page]
    assert shown == sorted([*map(str, range(10, 17)), *map(str, range(17))], key=int)[::-1]
    assert [len(page) for page in pages] == [5, 5, 5, 5, 4]


def test_links_to_newer_pages(desk: Browser, ann: Any) -> None:
    begin(ann, range(12))
    *_, last = walk(desk, {})
    pages = [names(listed) for listed in walk(desk, last.get_query_string(), "newer_link")]
    assert pages[0] == down(range(7, 12))
    last_but_one = open_page(desk, last.newer_link)
    assert names(last_but_one) == down(range(2, 7))
    first = open_page(desk, last_but_one.newer_link)
    assert names(first) == down(range(7, 12))
    assert first.newer_link == ""
    assert names(open_page(desk, first.older_link)) == names(last_but_one)
    assert names(open_page(desk, last.newest_link)) == names(first)


def test_a_page_does_not_move_when_rows_are_added(desk: Browser, ann: Any) -> None:
    begin(ann, range(12))
    second = open_page(desk, {}).older_link
    before = names(open_page(desk, second))
    begin(ann, range(12, 40))
    UserSession.objects.filter(name__in=["7", "8", "11"]).delete()
    assert names(open_page(desk, second)) == before


def test_links_keep_the_query_and_forms_return_to_the_first_page(desk: Browser, ann: Any) -> None:
    begin(ann, range(22), os="Linux", browser="a b&c")
    query = {"q": "ann", "os": "Linux", "browser": "a b&c"}
    second = open_page(desk, open_page(desk, query).older_link)
    for link in (second.newer_link, second.older_link, second.newest_link):
        asked = {name: values[0] for name, values in parse_qs(link[1:]).items()}
        assert {name: asked[name] for name in query} == query
    page = desk.get(SESSIONS, second.older_link[1:] and dict(parse_qsl(second.older_link[1:])))
    assert 'name="before"' not in page.content.decode()
    assert "before" not in second.get_query_string({"kind": "full"})


def test_other_parameters_do_not_sort_or_number_pages(desk: Browser, ann: Any) -> None:
    begin(ann, range(12))
    for query in ({"o": "1"}, {"o": "-2.1"}, {"p": "2"}, {"all": ""}):
        assert names(open_page(desk, query)) == down(range(7, 12))
    page = desk.get(SESSIONS).content.decode()
    assert "?o=" not in page
    assert "?p=" not in page


def test_the_pagination(desk: Browser, ann: Any) -> None:
    begin(ann, range(12))
    page = desk.get(SESSIONS).content.decode()
    assert '<nav class="paginator" aria-label="Pages">' in page
    assert ">Older</a>" in page
    assert ">Newest</a>" not in page
    assert ">Newer</a>" not in page
    assert "Total: 12" in page
    link = open_page(desk, {}).older_link
    page = desk.get(SESSIONS + link).content.decode()
    assert all(f">{name}</a>" in page for name in ("Newest", "Newer", "Older"))
    UserSession.objects.exclude(name="3").delete()
    assert "Total: 1\n" in desk.get(SESSIONS).content.decode()


def test_the_size_is_shown_if_it_is_cheap(
    desk: Browser, ann: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(ann, range(12))
    begin(ann, range(12, 15), os="Linux")
    assert open_page(desk, {}).size == "15"
    assert open_page(desk, {"os": "Linux"}).size == "3"
    assert open_page(desk, {"os": ""}).size == ""
    monkeypatch.setattr("sessions_api.databases.sizes.COUNTED", 14)
    # PostgreSQL's estimate may include rows of other tests.
    monkeypatch.setattr("sessions_api.databases.sizes.rows_in_table", lambda rows: 0)
    assert open_page(desk, {}).size == "more than 14"


@pytest.mark.usefixtures("short_windows")
class TestWindows:
    """If no index finds the rows, a page searches a window of limited size."""

    def test_it_shows_how_far_it_searched_and_continues(self, desk: Browser, ann: Any) -> None:
        begin(ann, range(30))
        UserSession.objects.filter(name__in=["29", "20", "3"]).update(os="Linux")
        pages = list(walk(desk, {"os": "Linux"}))
        assert [names(listed) for listed in pages] == [["29"], ["20"], [], ["3"]]
        searched_to = [listed.searched_to for listed in pages]
        assert searched_to[:3] == [
            datetime.fromtimestamp(BEGIN + second, UTC) for second in (22, 14, 6)
        ]
        assert searched_to[3] is None

    def test_the_pagination_of_a_window(self, desk: Browser, ann: Any) -> None:
        begin(ann, range(30))
        page = desk.get(SESSIONS, {"os": "Linux"}).content.decode()
        assert "Searched back to <time" in page
        assert "Found none so far." in page
        assert ">Search further back</a>" in page
        assert "Total" not in page
        # Sessions 29 to 22 of 29 to 0.
        assert '<progress max="100" value="24" aria-label=' in page
        page = desk.get(SESSIONS, {"os": "Linux", "after": f"{BEGIN}_1"}).content.decode()
        assert "Searched forward to <time" in page
        assert ">Search further forward</a>" in page

    def test_a_full_page_continues_from_its_end(self, desk: Browser, ann: Any) -> None:
        begin(ann, range(30), os="Linux")
        pages = list(walk(desk, {"os": "Linux"}))
        assert [name for listed in pages for name in names(listed)] == down(range(30))
        assert {listed.searched_to for listed in pages} == {None}

    def test_newer_pages(self, desk: Browser, ann: Any) -> None:
        begin(ann, range(30))
        UserSession.objects.filter(name__in=["29", "20", "3"]).update(os="Linux")
        pages = list(walk(desk, {"os": "Linux", "after": f"{BEGIN}_0"}, "newer_link"))
        assert [names(listed) for listed in pages] == [["3"], [], ["20"], ["29"]]

    @pytest.mark.parametrize(
        "query",
        [
            {"user": "ANN"},
            {"q": "ann"},
            {"q": "ann", "os": "Linux"},
            {"created_at__lt": datetime.fromtimestamp(BEGIN + 30, UTC)},
        ],
    )
    def test_an_index_finds_old_rows_directly(
        self, desk: Browser, ann: Any, bob: Any, query: dict[str, Any]
    ) -> None:
        begin(ann, range(20), os="Linux")
        begin(bob, range(30, 60))
        if query.get("user"):
            query = {"user": ann.pk}
        pages = list(walk(desk, query))
        assert [name for listed in pages for name in names(listed)] == down(range(20))
        assert [len(listed.result_list) for listed in pages] == [5, 5, 5, 5]

    @pytest.mark.parametrize("query", [{"q": "192.0.2.0/24"}, {"state": "expired"}])
    def test_if_an_index_finds_few_rows_all_are_found(
        self, desk: Browser, ann: Any, query: dict[str, Any]
    ) -> None:
        begin(ann, range(60))
        few = UserSession.objects.filter(name__in=["0", "1", "30", "40", "41", "58"])
        few.update(address="192.0.2.9", expires_at=Now() - timedelta(days=1))
        assert [names(listed) for listed in walk(desk, query)] == [
            ["58", "41", "40", "30", "1"],
            ["0"],
        ]

    @pytest.mark.parametrize("query", [{"q": "10.0.0.0/8"}, {"state": "expired"}])
    def test_if_an_index_finds_many_rows_those_in_the_window_are_found(
        self, desk: Browser, ann: Any, query: dict[str, Any]
    ) -> None:
        begin(ann, range(60))
        UserSession.objects.update(expires_at=Now() - timedelta(days=1))
        UserSession.objects.filter(sid__gte=BEGIN + 40).update(address="192.0.2.9")
        UserSession.objects.filter(sid__gte=BEGIN + 40).update(expires_at=Now())
        UserSession.objects.filter(sid__gte=BEGIN + 40).update(
            expires_at=datetime(2100, 1, 1, tzinfo=UTC)
        )
        pages = list(walk(desk, query))
        assert [name for listed in pages for name in names(listed)] == down(range(40))
        assert [len(listed.result_list) for listed in pages[:3]] == [0, 0, 4]


@pytest.mark.parametrize("window", [1, 6, 13])
@pytest.mark.parametrize(
    "query",
    [
        {},
        {"os": "Linux"},
        {"q": "ann"},
        {"q": "ann", "os": "Linux"},
        {"q": "10.0.0.1"},
        {"q": "10.0.0.1", "os": "Linux", "state": "active"},
        {"created_at__gte": datetime.fromtimestamp(BEGIN + 7, UTC), "os": "Linux"},
    ],
)
def test_every_row_is_listed_once(
    desk: Browser,
    ann: Any,
    bob: Any,
    window: int,
    query: dict[str, Any],
) -> None:
    begin(ann, range(0, 20, 3), os="Linux")
    begin(bob, range(12))
    begin(ann, range(1, 20, 3))
    begin(bob, range(12, 20), os="Linux")
    with windows_of(window):
        _check_that_every_row_is_listed_once(desk, query)


def _check_that_every_row_is_listed_once(desk: Browser, query: dict[str, Any]) -> None:
    listed = open_page(desk, query)
    everything = list(listed.queryset.values_list("sid", "pk"))
    assert everything == sorted(everything, reverse=True)
    assert len(everything) >= 7
    for link, start in (("older_link", {}), ("newer_link", {"after": f"{BEGIN - 1}_1"})):
        pages = [
            [(session.sid, session.pk) for session in listed.result_list]
            for listed in walk(desk, query | start, link)
        ]
        if start:
            pages.reverse()
        assert [place for page in pages for place in page] == everything


def test_ending_all_matches_is_not_limited_to_a_window(
    desk: Browser, ann: Any, short_windows: None, rf: Any, staff: Any
) -> None:
    begin(ann, range(30), os="Linux")
    request = rf.get(SESSIONS, {"os": "Linux", "before": f"{BEGIN + 4}_1"})
    request.user = staff
    listed = open_page(desk, {"os": "Linux"}).model_admin.get_changelist_instance(request)
    assert len(listed.result_list) < 5
    assert listed.get_queryset(request).count() == 30


def test_rows_of_every_page_can_be_selected(desk: Browser, ann: Any) -> None:
    begin(ann, range(12))
    link = open_page(desk, {}).older_link
    row = open_page(desk, link).result_list[0]
    answer = desk.post(SESSIONS + link, select("delete_selected", row))
    assert answer.status_code == 200
    assert "1" in answer.content.decode()
    assert "Select all 12" not in desk.get(SESSIONS).content.decode()
