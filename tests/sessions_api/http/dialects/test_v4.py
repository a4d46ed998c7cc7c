"""Dialect v4: one set of paths, with ``me`` or the caller's id, or any user's id for staff."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sessions_api.models import UserSession
from tests.api import Api, Login, is_dead
from tests.sessions_api.http.dialects.spellings import V4

pytestmark = pytest.mark.django_db

ENDED = {"code": "DELETE_SESSION_SUCCESS", "message": "Session Successfully Deleted"}
ENDPOINTS = [("GET", ""), ("GET", "/1"), ("DELETE", "/1"), ("DELETE", ""), ("DELETE", "/all")]


def form(session: UserSession) -> dict[str, Any]:
    return {"id": session.sid, "exp": session.sid + 86_400, "name": session.name}


def item(session: UserSession) -> dict[str, Any]:
    return {"id": session.sid, "name": session.name}


def ended(count: int) -> dict[str, Any]:
    return {
        "code": "DELETE_SESSIONS_SUCCESS",
        "message": "Sessions Successfully Deleted",
        "count": count,
    }


@pytest.fixture(params=["me", "own id", "staff"])
def view(request: pytest.FixtureRequest, me: Login, boss: Login) -> tuple[Api, str]:
    """A client, and the path of Ann's sessions: with ``me``, with her id, and as staff."""
    uid = "me" if request.param == "me" else me.user.pk
    return V4.api(boss if request.param == "staff" else me), f"/users/{uid}/sessions"


@pytest.fixture(params=["me", "own id"])
def own(request: pytest.FixtureRequest, me: Login) -> tuple[Api, str]:
    uid = "me" if request.param == "me" else me.user.pk
    return V4.api(me), f"/users/{uid}/sessions"


class TestBothViews:
    def test_one_session_is_shown(self, view: tuple[Api, str], other: Login) -> None:
        api, path = view
        for slash in ("", "/"):
            response = api("GET", f"{path}/{other.session.sid}{slash}")
            assert (response.status_code, response.json()) == (200, form(other.session))

    def test_the_list_is_paginated_newest_first(
        self, view: tuple[Api, str], me: Login, log_in: Any
    ) -> None:
        api, path = view
        now = datetime.now(UTC)
        for age in range(1, 55):
            log_in(me.user, now=now - timedelta(minutes=age))
        log_in(me.user, now=now - timedelta(days=3), name="expired")
        sessions = UserSession.objects.filter(user=me.user).exclude(name="expired")
        items = [item(session) for session in sessions.order_by("-sid")]

        for query, part in (
            ("", items[:50]),
            ("limit=2", items[:2]),
            ("limit=3&offset=53", items[53:]),
            ("limit=0", []),
            ("limit=51&offset=x", items[:50]),
            ("offset=" + "9" * 99, []),
        ):
            assert api("GET", f"{path}?{query}").json() == {"count": 55, "items": part}, query
        assert api("GET", f"{path}/").json()["count"] == 55

    def test_an_ended_session_is_refused(
        self, view: tuple[Api, str], me: Login, other: Login
    ) -> None:
        api, path = view
        response = api("DELETE", f"{path}/{other.session.sid}")
        assert (response.status_code, response.json()) == (200, ENDED)
        assert is_dead(other)
        assert not is_dead(me)

    @pytest.mark.parametrize("sid", ["1", "0", "-1", "ME", "abc", "01", "9" * 40, "%00", "%F0%9F"])
    @pytest.mark.parametrize("method", ["GET", "DELETE"])
    def test_an_unknown_session_is_not_found(
        self, view: tuple[Api, str], method: str, sid: str
    ) -> None:
        api, path = view
        response = api(method, f"{path}/{sid}")
        assert (response.status_code, response.json()) == (404, V4.error("INVALID_SESSION_ERROR"))

    def test_only_the_named_sessions_are_ended(
        self, view: tuple[Api, str], me: Login, other: Login, bobs: Login
    ) -> None:
        api, path = view
        bobs.session.sid -= 10
        bobs.session.save()
        ids = [str(other.session.sid), other.session.sid, bobs.session.sid, "x", 7, 10**30]
        response = api("DELETE", path, {"ids": ids})
        assert (response.status_code, response.json()) == (200, ended(1))
        assert is_dead(other)
        assert not is_dead(me)
        assert UserSession.objects.filter(pk=bobs.session.pk).exists()

    def test_an_invalid_or_long_list_of_ids_ends_nothing(
        self, view: tuple[Api, str], other: Login
    ) -> None:
        api, path = view
        wrong: list[Any] = [None, {}, {"ids": "me"}, {"ids": [None]}, {"ids": [True]}, {"sids": 1}]
        for body in wrong:
            response = api("DELETE", path, body)
            assert (response.status_code, response.json()) == (
                400,
                V4.error("MISSING_FIELDS_ERROR", fields=["ids"]),
            )
        response = api("DELETE", path, {"ids": [other.session.sid, *range(1, 51)]})
        assert (response.status_code, response.json()) == (400, V4.error("BODY_TOO_LARGE_ERROR"))
        assert not is_dead(other)


class TestOwn:
    def test_the_alias_of_the_current_session(self, own: tuple[Api, str], me: Login) -> None:
        api, path = own
        assert api("GET", f"{path}/me").json() == form(me.session)
        assert api("DELETE", f"{path}/me").json() == ENDED
        assert is_dead(me)

    def test_the_alias_among_ids(self, own: tuple[Api, str], me: Login, other: Login) -> None:
        api, path = own
        assert api("DELETE", path, {"ids": ["me", me.session.sid, "me"]}).json() == ended(1)
        assert is_dead(me)
        assert not is_dead(other)

    @pytest.mark.parametrize(
        ("query", "self_too"),
        [
            ("", False),
            ("?include-self=true", True),
            ("?includeSelf=true", True),
            ("?include-self=false", False),
            ("?allButSelf=false", False),
        ],
    )
    def test_ending_all(
        self, own: tuple[Api, str], me: Login, other: Login, query: str, self_too: bool
    ) -> None:
        api, path = own
        assert api("DELETE", f"{path}/all{query}").json() == ended(1 + self_too)
        assert is_dead(me) is self_too
        assert is_dead(other)

    @pytest.mark.parametrize("uid", ["me", None])
    def test_staff_view_their_own_like_everybody(self, boss: Login, uid: str | None) -> None:
        api, path = V4.api(boss), f"/users/{uid or boss.user.pk}/sessions"
        assert api("GET", f"{path}/me").json() == form(boss.session)
        assert api("DELETE", f"{path}/all").json() == ended(0)
        assert api("DELETE", path, {"ids": ["me"]}).json() == ended(1)


class TestOthers:
    @pytest.fixture
    def twins(self, ann: Any, staff: Any, log_in: Any) -> tuple[Login, Login]:
        """A session of ann's and one of staff's, with the same id."""
        now = datetime.now(UTC)
        anns, boss = log_in(ann, now=now, name="Ann's"), log_in(staff, now=now)
        assert anns.session.sid == boss.session.sid
        return anns, boss

    def test_the_alias_is_invalid(self, twins: tuple[Login, Login]) -> None:
        anns, boss = twins
        api, path = V4.api(boss), f"/users/{anns.user.pk}/sessions"
        for method in ("GET", "DELETE"):
            response = api(method, f"{path}/me")
            assert (response.status_code, response.json()) == (
                404,
                V4.error("INVALID_SESSION_ERROR"),
            )
        assert api("DELETE", path, {"ids": ["me"]}).json() == ended(0)
        assert not is_dead(anns)
        assert not is_dead(boss)

    def test_a_session_with_the_same_id_as_the_callers(self, twins: tuple[Login, Login]) -> None:
        anns, boss = twins
        api, path = V4.api(boss), f"/users/{anns.user.pk}/sessions/{boss.session.sid}"
        assert api("GET", path).json() == form(anns.session)
        assert api("DELETE", path).json() == ENDED
        assert is_dead(anns)
        assert not is_dead(boss)

    @pytest.mark.parametrize("query", ["", "?include-self=true", "?include-self=false"])
    def test_ending_all_of_a_user(self, me: Login, other: Login, boss: Login, query: str) -> None:
        path = f"/users/{me.user.pk}/sessions/all{query}"
        assert V4.api(boss)("DELETE", path).json() == ended(2)
        assert is_dead(me)
        assert not is_dead(boss)

    @pytest.mark.parametrize(("method", "path"), ENDPOINTS)
    def test_only_staff_are_admitted(self, me: Login, bobs: Login, method: str, path: str) -> None:
        for uid in (bobs.user.pk, "1", "Me", "abc"):
            response = V4.api(me)(method, f"/users/{uid}/sessions{path}", {"ids": ["me"]})
            assert (response.status_code, response.json()) == (
                403,
                V4.error("INSUFFICIENT_PERMISSIONS_ERROR"),
            )
        assert not is_dead(me)
        assert not is_dead(bobs)

    @pytest.mark.parametrize(("method", "path"), ENDPOINTS)
    @pytest.mark.parametrize("uid", ["1", "01", "ME", "abc", "9" * 30, "%00", "%20me"])
    def test_an_unknown_user(self, boss: Login, method: str, path: str, uid: str) -> None:
        response = V4.api(boss)(method, f"/users/{uid}/sessions{path}", {"ids": ["me"]})
        assert (response.status_code, response.json()) == (404, V4.error("INVALID_USER_ERROR"))

    def test_former_staff_are_refused(self, boss: Login, me: Login) -> None:
        boss.user.is_staff = False
        boss.user.save()
        assert V4.api(boss)("GET", f"/users/{me.user.pk}/sessions").status_code == 403
        assert V4.api(boss)("GET", f"/users/{boss.user.pk}/sessions").status_code == 200


def test_it_is_mounted_under_its_own_prefix_only(me: Login) -> None:
    api = V4.api(me)
    assert api("GET", "/users/me/sessions/me").json() == form(me.session)
    # The other prefix is v5's, whose sessions have more fields and whose staff paths differ.
    for prefix in ("/api", "/api/v5"):
        api.prefix = prefix
        assert api("GET", "/users/me/sessions/me").json().keys() > form(me.session).keys()
        assert api("GET", f"/users/{me.user.pk}/sessions").status_code == 403


def test_scoped_sessions_cannot_be_created(me: Login) -> None:
    response = V4.api(me)("POST", "/users/me/sessions", {"name": "x", "permissionFlags": 2})
    assert (response.status_code, response.json()) == (405, V4.error("INVALID_ENDPOINT_ERROR"))
