"""Staff list accounts and look at them."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sessions_api.http.shapes import timestamp
from sessions_api.scopes import ALL_SCOPES, Scope
from sessions_api.services.audit import Actor
from sessions_api.services.bans import ban_of, set_banned
from tests.api import Login
from tests.cast import LOOKING, allow
from tests.rate_clock import Clock
from tests.statements import statements

pytestmark = pytest.mark.django_db

LogIn = Callable[..., Login]
REFUSED = {"code": "INSUFFICIENT_PERMISSIONS_ERROR", "message": "Insufficient Permissions"}
UNKNOWN = {"code": "INVALID_USER_ERROR", "message": "Invalid User"}


class TestTheList:
    @pytest.fixture
    def many(self, staff: Any) -> list[str]:
        """The names of 120 accounts, the newest first, after Sam's."""
        model = get_user_model()
        model.objects.bulk_create(
            model(pk=staff.pk + number, username=f"user{number}") for number in range(1, 121)
        )
        return [f"user{number}" for number in range(120, 0, -1)]

    @pytest.mark.parametrize(
        ("query", "first", "last"),
        [
            ("", 0, 50),
            ("?limit=3", 0, 3),
            ("?limit=50&offset=50", 50, 100),
            ("?offset=100", 100, 121),
            ("?limit=0", 0, 0),
            ("?limit=51&offset=-1", 0, 50),
            ("?limit=x&offset=", 0, 50),
        ],
    )
    def test_pages(self, boss: Login, many: list[str], query: str, first: int, last: int) -> None:
        found = boss.api("GET", f"/users{query}").json()
        assert found["count"] == 121
        assert [one["username"] for one in found["items"]] == [*many, "sam"][first:last]

    def test_items_are_ids_and_names(self, boss: Login) -> None:
        [item] = boss.api("GET", "/users").json()["items"]
        assert item == {"id": str(boss.user.pk), "username": "sam"}

    @pytest.mark.parametrize("offset", ["121", "999999", "9" * 18, "9" * 400])
    def test_nothing_is_read_beyond_the_end(
        self, boss: Login, many: list[str], offset: str
    ) -> None:
        boss.api("GET", "/users/me")
        with CaptureQueriesContext(connection) as captured:
            found = boss.api("GET", f"/users?offset={offset}").json()
        assert found == {"count": 121, "items": []}
        assert len(statements(captured)) == 4  # the caller, permissions (2), the number

    def test_everybody_is_listed(self, boss: Login, root: Any, carol: Any, ann: Any) -> None:
        found = boss.api("GET", "/users").json()
        newest = sorted([boss.user, root, carol, ann], key=lambda user: -user.pk)
        assert [one["id"] for one in found["items"]] == [str(user.pk) for user in newest]

    @pytest.mark.ratelimited
    def test_staff_are_not_limited(self, boss: Login, limits_clock: Clock) -> None:
        assert {boss.api("GET", "/users").status_code for _ in range(10)} == {200}


class TestOne:
    def test_it_is_as_its_owner_sees_it(self, boss: Login, me: Login) -> None:
        assert boss.api("GET", f"/users/{me.user.pk}").json() == me.api("GET", "/users/me").json()

    def test_a_ban_shows_since_when(self, boss: Login, ann: Any) -> None:
        set_banned(ann, True, actor=Actor(user=boss.user))
        kept = ban_of(ann)
        assert kept is not None
        shown = boss.api("GET", f"/users/{ann.pk}").json()
        assert shown["bannedAt"] == timestamp(kept.banned_at)
        set_banned(ann, False, actor=Actor(user=boss.user))
        assert boss.api("GET", f"/users/{ann.pk}").json()["bannedAt"] is None

    def test_a_ban_of_which_nothing_is_known_counts_from_the_beginning(
        self, boss: Login, carol: Any
    ) -> None:
        shown = boss.api("GET", f"/users/{carol.pk}").json()
        assert shown["bannedAt"] == shown["createdAt"] == timestamp(carol.created_at)

    @pytest.mark.parametrize(
        "uid", ["1", "0", "-1", "00{pk}", "{pk}x", "x", "9" * 400, "%00", "%F0%28", "ann", "all"]
    )
    def test_unknown_ones(self, boss: Login, uid: str) -> None:
        response = boss.api("GET", "/users/" + uid.format(pk=boss.user.pk))
        assert (response.status_code, response.json()) == (404, UNKNOWN)


class TestWhoMay:
    @pytest.mark.parametrize("path", ["/users", "/users/{ann}"])
    def test_a_scoped_session_needs_its_scope(
        self, staff: Any, ann: Any, log_in: LogIn, path: str
    ) -> None:
        path = path.format(ann=ann.pk)
        for flags in (Scope.STAFF_READ_ACCOUNTS, Scope.ALL):
            assert log_in(staff, permission_flags=int(flags)).api("GET", path).status_code == 200
        others = ALL_SCOPES & ~(Scope.STAFF_READ_ACCOUNTS | Scope.ALL)
        response = log_in(staff, permission_flags=int(others)).api("GET", path)
        assert (response.status_code, response.json()) == (403, REFUSED)

    def test_nobody_else_learns_who_there_is(self, me: Login, bob: Any) -> None:
        """Not by what is answered, nor by what is read."""
        me.api("GET", "/users/me")
        paths = [
            f"/users/{uid}{rest}"
            for uid in (me.user.pk, bob.pk, 1, "x", "")
            for rest in ("", "/ban")
            if uid or not rest
        ]
        for path in (path.rstrip("/") for path in paths):
            for method in ("PUT", "DELETE") if path.endswith("/ban") else ("GET",):
                with CaptureQueriesContext(connection) as captured:
                    response = me.api(method, path, {"reason": "x", "password": "x"})
                assert (response.status_code, response.json()) == (403, REFUSED)
                assert len(statements(captured)) == 1

    def test_staff_without_the_permission_neither(
        self, newcomer: Any, bob: Any, log_in: LogIn
    ) -> None:
        api = log_in(allow(newcomer, LOOKING[0])).api
        for uid in (bob.pk, newcomer.pk, 1):
            response = api("GET", f"/users/{uid}")
            assert (response.status_code, response.json()) == (403, REFUSED)

    def test_a_missing_second_factor_is_asked_of_staff_only(
        self, boss: Login, settings: Any
    ) -> None:
        settings.SESSIONS_API = settings.SESSIONS_API | {"STAFF_REQUIRES_SECOND_FACTOR": True}
        assert boss.api("GET", "/users").status_code == 401
        assert boss.api("GET", "/users/me").status_code == 200
