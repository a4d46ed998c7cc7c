"""v3: one's own sessions, and for staff those of others."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sessions_api.models import UserSession
from tests.conftest import Api, Login, is_dead
from tests.dialects.conftest import V3

pytestmark = pytest.mark.django_db

ENDED = {"code": "GENERIC_SUCCESS", "message": "Session Deleted"}
#: What names no session of ann's; "me" is no alias in v3.
UNKNOWN_SIDS = ["1", "0", "-1", "me", "abc", "01", "9" * 18, "9" * 40, "%00", "%F0%9F"]


def form(session: UserSession) -> dict[str, Any]:
    """A session, by itself and inside lists."""
    return {
        "iat": session.sid,
        "exp": session.sid + 86_400,
        "sub": str(session.user_id),
        "name": session.name,
    }


def ended(count: int) -> dict[str, Any]:
    return {"count": count, "type": "session"}


@pytest.fixture
def anns(me: Login) -> Api:
    """Ann's API in v3."""
    return V3.api(me)


@pytest.fixture
def staffs(boss: Login) -> Api:
    return V3.api(boss)


@pytest.mark.parametrize("prefix", ["/api", "/api/v3"])
@pytest.mark.parametrize("slash", ["", "/"])
def test_every_mount_with_or_without_a_slash(
    anns: Api, staffs: Api, me: Login, prefix: str, slash: str
) -> None:
    anns.prefix = staffs.prefix = prefix
    ann = me.user.pk
    for path in ("session", f"session/{me.session.sid}", "sessions"):
        assert anns("GET", f"/user/{path}{slash}").status_code == 200, path
    for path in (f"{ann}/sessions", f"{ann}/session/{me.session.sid}"):
        assert staffs("GET", f"/user/{path}{slash}").status_code == 200, path
    assert anns("DELETE", f"/user/sessions{slash}", {"sessions": []}).json() == ended(0)
    assert anns("DELETE", f"/user/sessions/all{slash}").json() == ended(1)


class TestOwn:
    def test_the_current_one(self, anns: Api, me: Login) -> None:
        response = anns("GET", "/user/session")
        assert (response.status_code, response.json()) == (200, form(me.session))

    def test_one(self, anns: Api, me: Login, other: Login) -> None:
        for login in (me, other):
            response = anns("GET", f"/user/session/{login.session.sid}")
            assert (response.status_code, response.json()) == (200, form(login.session))

    @pytest.mark.parametrize("sid", UNKNOWN_SIDS)
    def test_an_unknown_one_has_two_names(self, anns: Api, sid: str) -> None:
        for method, code in (
            ("GET", "INVALID_SESSION_ERROR"),
            ("DELETE", "SESSION_NOT_FOUND_ERROR"),
        ):
            response = anns(method, f"/user/session/{sid}")
            assert (response.status_code, response.json()) == (404, V3.error(code))
            assert "WWW-Authenticate" not in response

    def test_those_of_others_are_unknown(self, anns: Api, bobs: Login) -> None:
        bobs.session.sid -= 10
        bobs.session.save()
        sid = bobs.session.sid
        assert anns("GET", f"/user/session/{sid}").status_code == 404
        assert anns("DELETE", f"/user/session/{sid}").status_code == 404
        assert anns("DELETE", "/user/sessions", {"sessions": [sid]}).json() == ended(0)
        assert UserSession.objects.filter(pk=bobs.session.pk).exists()

    def test_the_list_is_newest_first_in_pages(self, anns: Api, me: Login, log_in: Any) -> None:
        now = datetime.now(UTC)
        for age in range(1, 55):
            log_in(me.user, now=now - timedelta(minutes=age))
        log_in(me.user, now=now - timedelta(days=3), name="expired")
        sessions = UserSession.objects.exclude(name="expired").order_by("-sid")
        items = [form(session) for session in sessions]

        assert anns("GET", "/user/sessions").json() == {"count": 55, "items": items[:50]}
        for query, part in (
            ("limit=2", items[:2]),
            ("limit=3&offset=53", items[53:]),
            ("limit=0", []),
            ("limit=51", items[:50]),
            ("limit=x&offset=-1", items[:50]),
            ("offset=" + "9" * 99, []),
        ):
            response = anns("GET", f"/user/sessions?{query}")
            assert response.json() == {"count": 55, "items": part}, query

    def test_ending_one(self, anns: Api, other: Login, me: Login) -> None:
        response = anns("DELETE", f"/user/session/{other.session.sid}")
        assert (response.status_code, response.json()) == (200, ENDED)
        assert is_dead(other)
        assert anns("DELETE", f"/user/session/{me.session.sid}").json() == ENDED
        assert is_dead(me)

    def test_ending_many_ignores_unknown_ones(self, anns: Api, me: Login, other: Login) -> None:
        ids = [str(other.session.sid), other.session.sid, "sid1", "me", 7, -1, "", 10**30]
        response = anns("DELETE", "/user/sessions", {"sessions": ids})
        assert (response.status_code, response.json()) == (200, ended(1))
        assert is_dead(other)
        assert not is_dead(me)

    @pytest.mark.parametrize(
        "body",
        [
            None,
            {},
            {"sessions": None},
            {"sessions": "1"},
            {"sessions": [None]},
            {"sessions": [True]},
            {"sessions": [1.5]},
            {"ids": ["1"]},
        ],
    )
    def test_what_is_no_list_of_ids(self, anns: Api, body: Any) -> None:
        response = anns("DELETE", "/user/sessions", body)
        assert (response.status_code, response.json()) == (
            400,
            V3.error("MISSING_FIELDS_ERROR", fields=["sessions"]),
        )

    def test_at_most_fifty(self, anns: Api, other: Login) -> None:
        ids = [other.session.sid, *range(1, 51)]
        response = anns("DELETE", "/user/sessions", {"sessions": ids})
        assert (response.status_code, response.json()) == (400, V3.error("BODY_TOO_LARGE_ERROR"))
        assert not is_dead(other)

    @pytest.mark.parametrize(
        ("query", "spared"),
        [
            ("", False),
            ("?allButSelf=true", True),
            ("?allbutSelf=true", True),
            ("?allButSelf=false", False),
            ("?allButSelf=", False),
            ("?include-self=false", False),
        ],
    )
    def test_ending_all(
        self, anns: Api, me: Login, other: Login, bobs: Login, query: str, spared: bool
    ) -> None:
        response = anns("DELETE", f"/user/sessions/all{query}")
        assert (response.status_code, response.json()) == (200, ended(1 if spared else 2))
        assert is_dead(me) is not spared
        assert is_dead(other)
        assert not is_dead(bobs)


class TestStaff:
    def test_the_list_of_somebody(self, staffs: Api, me: Login, other: Login) -> None:
        path = f"/user/{me.user.pk}/sessions"
        items = [form(one.session) for one in (me, other)]
        items.sort(key=lambda item: item["iat"], reverse=True)
        response = staffs("GET", path)
        assert (response.status_code, response.json()) == (200, {"count": 2, "items": items})
        assert staffs("GET", f"{path}?limit=1&offset=1").json() == {"count": 2, "items": items[1:]}

    def test_one_of_somebody(self, staffs: Api, me: Login) -> None:
        response = staffs("GET", f"/user/{me.user.pk}/session/{me.session.sid}")
        assert (response.status_code, response.json()) == (200, form(me.session))

    def test_one_with_the_id_of_the_callers_own(self, ann: Any, staff: Any, log_in: Any) -> None:
        now = datetime.now(UTC)
        anns, boss = log_in(ann, now=now, name="Ann's"), log_in(staff, now=now)
        assert anns.session.sid == boss.session.sid
        shown = V3.api(boss)("GET", f"/user/{ann.pk}/session/{boss.session.sid}").json()
        assert shown == form(anns.session)

    @pytest.mark.parametrize("sid", UNKNOWN_SIDS)
    def test_an_unknown_session(self, staffs: Api, me: Login, sid: str) -> None:
        response = staffs("GET", f"/user/{me.user.pk}/session/{sid}")
        assert (response.status_code, response.json()) == (404, V3.error("SESSION_NOT_FOUND_ERROR"))

    @pytest.mark.parametrize("path", ["sessions", "session/1"])
    @pytest.mark.parametrize("uid", ["1", "me", "01", "abc", "9" * 30, "%00", "%20me"])
    def test_an_unknown_user(self, staffs: Api, uid: str, path: str) -> None:
        response = staffs("GET", f"/user/{uid}/{path}")
        assert (response.status_code, response.json()) == (404, V3.error("INVALID_USER_ERROR"))

    @pytest.mark.parametrize("path", ["sessions", "session/1"])
    def test_others_may_not_even_under_their_own_id(self, anns: Api, ann: Any, path: str) -> None:
        for uid in (ann.pk, 1):
            response = anns("GET", f"/user/{uid}/{path}")
            assert (response.status_code, response.json()) == (
                403,
                V3.error("INSUFFICIENT_PERMISSIONS_ERROR"),
            )

    @pytest.mark.parametrize("path", ["sessions", "session/1", "sessions/all"])
    def test_they_only_look(self, staffs: Api, me: Login, path: str) -> None:
        response = staffs("DELETE", f"/user/{me.user.pk}/{path}", {"sessions": []})
        assert response.status_code in (404, 405)
        assert response.json() == V3.error("INVALID_ENDPOINT_ERROR")
        assert not is_dead(me)
