"""Searches for sessions, and their representation as data."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sessions_api.models import SessionKind, UserSession
from sessions_api.services import session_search
from sessions_api.services.session_search import LARGEST_ID, SessionSearch
from tests.api import Login
from tests.browser import expire
from tests.sessions_api.services.bulk_sign_outs import make_sessions
from tests.small_lists import windows_of

pytestmark = pytest.mark.django_db

LogIn = Callable[..., Login]
NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def names(search: SessionSearch) -> set[str]:
    return {one.name for one in search.sessions()}


@pytest.fixture
def cast(ann: Any, bob: Any) -> None:
    """Create sessions of two users, at noon and around it."""
    for user, name, began, used, fields in [
        (ann, "first", NOON - SECOND, NOON, {"address": "10.1.2.3", "browser": "Firefox"}),
        (ann, "noon", NOON, None, {"address": "2001:db8::1", "os": "BeOS"}),
        (bob, "last", NOON + SECOND, NOON + SECOND, {"address": "10.2.0.0", "browser": "Chrome"}),
        (bob, "api", NOON, NOON - SECOND, {"permission_flags": 16, "user_agent": "curl/8 100%"}),
    ]:
        UserSession.objects.create(
            user=user,
            sid=int(began.timestamp()),
            name=name,
            created_at=began,
            used_at=used,
            expires_at=datetime.now(UTC) + timedelta(days=1),
            **fields,
        )


SEARCHES: dict[str, tuple[dict[str, Any], set[str]]] = {
    "everything": ({}, {"first", "noon", "last", "api"}),
    "network": ({"network": "10.1.0.0/16"}, {"first"}),
    "address": ({"network": "2001:DB8:0::1"}, {"noon"}),
    "session of anybody": ({"session": int(NOON.timestamp())}, {"noon", "api"}),
    "browser": ({"browser": "firefox"}, {"first"}),
    "part of a browser": ({"browser": "fire"}, set()),
    "device": ({"device": "CHROM las"}, {"last"}),
    "system": ({"device": "beos"}, {"noon"}),
    "user agent": ({"device": "0%"}, {"api"}),
    "one word only": ({"device": "chrome first"}, set()),
    "created after": ({"created_after": NOON}, {"noon", "last", "api"}),
    "created before": ({"created_before": NOON}, {"first"}),
    "created between": ({"created_after": NOON, "created_before": NOON + SECOND}, {"noon", "api"}),
    "used after": ({"used_after": NOON}, {"first", "noon", "last"}),
    "used before": ({"used_before": NOON}, {"api"}),
    "used or created before": ({"used_before": NOON + SECOND}, {"first", "noon", "api"}),
    "full": ({"of_kind": SessionKind.FULL}, {"first", "noon", "last"}),
    "scoped": ({"of_kind": SessionKind.SCOPED}, {"api"}),
    "all of it": (
        {
            "network": "10.0.0.0/8",
            "browser": "Firefox",
            "of_kind": SessionKind.FULL,
            "used_after": NOON,
        },
        {"first"},
    ),
    "nobody": ({"users": ()}, set()),
}


@pytest.mark.usefixtures("cast")
@pytest.mark.parametrize("case", SEARCHES)
def test_searches_find_the_same_after_a_round_trip_as_data(case: str) -> None:
    parts, found = SEARCHES[case]
    search = SessionSearch(**parts)
    assert names(search) == found
    assert SessionSearch.from_data(json.loads(json.dumps(search.as_data()))) == search
    assert {one.name for page in search.pages(1) for one in page} == found
    assert search.is_for_everybody is (case == "everything")


@pytest.mark.usefixtures("cast")
def test_users(ann: Any, bob: Any) -> None:
    of_ann = SessionSearch(users=(str(ann.pk),))
    assert names(of_ann) == {"first", "noon"}
    assert of_ann.owners == [ann.pk]
    assert str(of_ann) == "Sessions that match: user “ann”"
    both = SessionSearch(users=(str(ann.pk), str(bob.pk)))
    assert names(both) == {"first", "noon", "last", "api"}
    some = SessionSearch(users=(str(ann.pk),), of_kind=SessionKind.FULL)
    assert some.owners == []
    assert SessionSearch.from_data(some.as_data()) == some


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {},
        {"kind": "filter"},
        {"kind": "search", "user": ["1"]},
        {"kind": "search", "users": "1"},
        {"kind": "search", "users": [1]},
        {"kind": "search", "network": "10.0.0.0/33"},
        {"kind": "search", "session": "1"},
        {"kind": "search", "session": -1},
        {"kind": "search", "session": LARGEST_ID + 1},
        {"kind": "search", "browser": "a\x00"},
        {"kind": "search", "created_after": "yesterday"},
        {"kind": "search", "created_after": 1},
        {"kind": "search", "used_before": "0001-01-01T00:00+14:00"},
        {"kind": "search", "scoped": 1},
        {"kind": "search", "of_kind": "any"},
        {"kind": "search", "PAGE": 1},
    ],
)
def test_invalid_data(data: object) -> None:
    with pytest.raises(ValueError, match=r"search|criterion|isoformat|range|SessionKind"):
        SessionSearch.from_data(data)


@pytest.mark.parametrize(
    ("scoped", "kind"), [(True, SessionKind.SCOPED), (False, SessionKind.FULL)]
)
def test_data_of_earlier_versions(scoped: bool, kind: SessionKind) -> None:
    assert SessionSearch.from_data({"kind": "search", "scoped": scoped}).of_kind is kind


def test_in_words() -> None:
    assert str(SessionSearch()) == "Everybody's sessions"
    search = SessionSearch(network="10.0.0.0/8", created_before=NOON, of_kind=SessionKind.SCOPED)
    assert str(search) == (
        "Sessions that match: network “10.0.0.0/8”, "
        "created before 2026-11-28T12:00:00+00:00, scoped"
    )
    assert str(SessionSearch(users=())) == "Sessions that match: user nobody"
    assert str(SessionSearch(users=("5", "6"))) == "Sessions that match: user “5” or “6”"


class TestPages:
    def test_newest_first_with_any_page_size(self, ann: Any, bob: Any) -> None:
        sids = [one.sid for one in (*make_sessions(ann, 4), *make_sessions(bob, 3))]
        for size in (1, 2, 3, 7, 8):
            pages = list(SessionSearch().pages(size))
            assert [one.sid for page in pages for one in page] == sids[::-1]
            assert max(map(len, pages)) <= size

    def test_only_active_sessions(self, ann: Any, log_in: LogIn) -> None:
        expire(log_in(ann))
        kept = log_in(ann)
        assert [[one.pk for one in page] for page in SessionSearch().pages(9)] == [
            [kept.session.pk]
        ]

    def test_no_sessions(self) -> None:
        assert list(SessionSearch().pages(5)) == []

    def test_memory_and_statements_are_bounded(
        self, ann: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(session_search, "PAGE", 3)
        make_sessions(ann, 9)
        with CaptureQueriesContext(connection) as captured:
            pages = SessionSearch().pages(1000)
            assert len(next(pages)) == 3
        assert len(captured) <= 4
        assert [len(page) for page in pages] == [3, 3]

    @windows_of(2)
    def test_rare_sessions_are_found_beyond_a_window(self, ann: Any) -> None:
        (oldest,) = make_sessions(ann, 1, browser="Netscape")
        make_sessions(ann, 9)
        (page,) = SessionSearch(browser="Netscape").pages(5)
        assert page == [oldest]
