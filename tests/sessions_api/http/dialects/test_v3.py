"""Dialect v3: own sessions, and other users' sessions for staff."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sessions_api.models import UserSession
from tests.api import Api, Login, is_dead
from tests.cast import PASSWORD
from tests.sessions_api.http.dialects.spellings import V3, V4, Dialect

pytestmark = pytest.mark.django_db

ENDED = {"code": "GENERIC_SUCCESS", "message": "Session Deleted"}
#: Ids of no session of ann's; "me" is not an alias in v3.
UNKNOWN_SIDS = ["1", "0", "-1", "me", "abc", "01", "9" * 18, "9" * 40, "%00", "%F0%9F"]


def form(session: UserSession) -> dict[str, Any]:
    """Return the wire form of a session."""
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
def test_every_prefix_with_and_without_a_slash(
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
    def test_the_current_session_is_shown(self, anns: Api, me: Login) -> None:
        response = anns("GET", "/user/session")
        assert (response.status_code, response.json()) == (200, form(me.session))

    def test_any_own_session_is_shown(self, anns: Api, me: Login, other: Login) -> None:
        for login in (me, other):
            response = anns("GET", f"/user/session/{login.session.sid}")
            assert (response.status_code, response.json()) == (200, form(login.session))

    @pytest.mark.parametrize("sid", UNKNOWN_SIDS)
    def test_an_unknown_session_has_two_error_codes(self, anns: Api, sid: str) -> None:
        for method, code in (
            ("GET", "INVALID_SESSION_ERROR"),
            ("DELETE", "SESSION_NOT_FOUND_ERROR"),
        ):
            response = anns(method, f"/user/session/{sid}")
            assert (response.status_code, response.json()) == (404, V3.error(code))
            assert "WWW-Authenticate" not in response

    def test_sessions_of_others_are_not_found(self, anns: Api, bobs: Login) -> None:
        bobs.session.sid -= 10
        bobs.session.save()
        sid = bobs.session.sid
        assert anns("GET", f"/user/session/{sid}").status_code == 404
        assert anns("DELETE", f"/user/session/{sid}").status_code == 404
        assert anns("DELETE", "/user/sessions", {"sessions": [sid]}).json() == ended(0)
        assert UserSession.objects.filter(pk=bobs.session.pk).exists()

    def test_the_list_is_paginated_newest_first(self, anns: Api, me: Login, log_in: Any) -> None:
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

    def test_an_ended_session_is_refused(self, anns: Api, other: Login, me: Login) -> None:
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
    def test_an_invalid_list_of_ids_ends_nothing(self, anns: Api, body: Any) -> None:
        response = anns("DELETE", "/user/sessions", body)
        assert (response.status_code, response.json()) == (
            400,
            V3.error("MISSING_FIELDS_ERROR", fields=["sessions"]),
        )

    def test_more_than_fifty_ids_end_nothing(self, anns: Api, other: Login) -> None:
        ids = [other.session.sid, *range(1, 51)]
        response = anns("DELETE", "/user/sessions", {"sessions": ids})
        assert (response.status_code, response.json()) == (400, V3.error("BODY_TOO_LARGE_ERROR"))
        assert not is_dead(other)

    @pytest.mark.parametrize(
        ("query", "keep"),
        [
            ("", False),
            ("?allButSelf=true", True),
            ("?allbutSelf=true", True),
            ("?allButSelf=false", False),
            ("?allButSelf=", False),
            ("?include-self=false", False),
        ],
    )
    def test_only_own_sessions_are_ended(
        self, anns: Api, me: Login, other: Login, bobs: Login, query: str, keep: bool
    ) -> None:
        response = anns("DELETE", f"/user/sessions/all{query}")
        assert (response.status_code, response.json()) == (200, ended(1 if keep else 2))
        assert is_dead(me) is not keep
        assert is_dead(other)
        assert not is_dead(bobs)


class TestStaff:
    def test_staff_list_a_users_sessions(self, staffs: Api, me: Login, other: Login) -> None:
        path = f"/user/{me.user.pk}/sessions"
        items = [form(one.session) for one in (me, other)]
        items.sort(key=lambda item: item["iat"], reverse=True)
        response = staffs("GET", path)
        assert (response.status_code, response.json()) == (200, {"count": 2, "items": items})
        assert staffs("GET", f"{path}?limit=1&offset=1").json() == {"count": 2, "items": items[1:]}

    def test_staff_view_a_users_session(self, staffs: Api, me: Login) -> None:
        response = staffs("GET", f"/user/{me.user.pk}/session/{me.session.sid}")
        assert (response.status_code, response.json()) == (200, form(me.session))

    def test_a_session_with_the_same_id_as_the_callers(
        self, ann: Any, staff: Any, log_in: Any
    ) -> None:
        now = datetime.now(UTC)
        anns, boss = log_in(ann, now=now, name="Ann's"), log_in(staff, now=now)
        assert anns.session.sid == boss.session.sid
        shown = V3.api(boss)("GET", f"/user/{ann.pk}/session/{boss.session.sid}").json()
        assert shown == form(anns.session)

    @pytest.mark.parametrize("sid", UNKNOWN_SIDS)
    def test_an_unknown_session_of_a_user_is_not_found(
        self, staffs: Api, me: Login, sid: str
    ) -> None:
        response = staffs("GET", f"/user/{me.user.pk}/session/{sid}")
        assert (response.status_code, response.json()) == (404, V3.error("SESSION_NOT_FOUND_ERROR"))

    @pytest.mark.parametrize("path", ["sessions", "session/1"])
    @pytest.mark.parametrize("uid", ["1", "me", "01", "abc", "9" * 30, "%00", "%20me"])
    def test_an_unknown_user_is_not_found(self, staffs: Api, uid: str, path: str) -> None:
        response = staffs("GET", f"/user/{uid}/{path}")
        assert (response.status_code, response.json()) == (404, V3.error("INVALID_USER_ERROR"))

    @pytest.mark.parametrize("path", ["sessions", "session/1"])
    def test_others_are_refused_even_with_their_own_id(
        self, anns: Api, ann: Any, path: str
    ) -> None:
        for uid in (ann.pk, 1):
            response = anns("GET", f"/user/{uid}/{path}")
            assert (response.status_code, response.json()) == (
                403,
                V3.error("INSUFFICIENT_PERMISSIONS_ERROR"),
            )

    def test_staff_end_a_users_session_once(self, staffs: Api, me: Login, other: Login) -> None:
        path = f"/user/{me.user.pk}/session/{other.session.sid}"
        assert staffs("DELETE", path).json() == ENDED
        assert is_dead(other)
        assert not is_dead(me)
        again = staffs("DELETE", path)
        assert (again.status_code, again.json()) == (404, V3.error("SESSION_NOT_FOUND_ERROR"))

    def test_staff_end_some_sessions_of_a_user(
        self, staffs: Api, boss: Login, me: Login, other: Login
    ) -> None:
        ids = [str(other.session.sid), boss.session.sid + 100, "me", 7]
        path = f"/user/{me.user.pk}/sessions"
        assert staffs("DELETE", path, {"sessions": ids}).json() == ended(1)
        assert is_dead(other)
        assert not is_dead(me)
        answer = staffs("DELETE", path, {"sessions": [7] * 51})
        assert (answer.status_code, answer.json()) == (400, V3.error("BODY_TOO_LARGE_ERROR"))

    @pytest.mark.parametrize("query", ["", "?allButSelf=true"])
    def test_staff_end_all_sessions_of_a_user(
        self, staffs: Api, boss: Login, me: Login, other: Login, query: str
    ) -> None:
        assert staffs("DELETE", f"/user/{me.user.pk}/sessions/all{query}").json() == ended(2)
        assert is_dead(me)
        assert not is_dead(boss)

    @pytest.mark.parametrize("path", ["sessions", "session/1", "sessions/all"])
    def test_others_cannot_end_any(self, anns: Api, me: Login, bobs: Login, path: str) -> None:
        for uid in (me.user.pk, bobs.user.pk):
            answer = anns("DELETE", f"/user/{uid}/{path}", {"sessions": []})
            assert (answer.status_code, answer.json()) == (
                403,
                V3.error("INSUFFICIENT_PERMISSIONS_ERROR"),
            )
        assert not is_dead(me)
        assert not is_dead(bobs)

    @pytest.mark.parametrize("path", ["sessions", "session/1", "sessions/all"])
    def test_no_session_of_an_unknown_user_ends(self, staffs: Api, path: str) -> None:
        answer = staffs("DELETE", f"/user/1/{path}", {"sessions": []})
        assert (answer.status_code, answer.json()) == (404, V3.error("INVALID_USER_ERROR"))


class TestPathsOfTheExamples:
    """The examples in the documentation lack the ``/user`` of their headings."""

    @pytest.fixture(params=["/api", "/api/v3"])
    def mounted(self, request: pytest.FixtureRequest, anns: Api) -> Api:
        anns.prefix = request.param
        return anns

    @pytest.mark.parametrize("slash", ["", "/"])
    def test_one_session_by_the_path_of_the_example(
        self, mounted: Api, me: Login, other: Login, slash: str
    ) -> None:
        assert mounted("GET", f"/session{slash}").json() == form(me.session)
        sid = other.session.sid
        assert mounted("GET", f"/session/{sid}{slash}").json() == form(other.session)
        assert mounted("DELETE", f"/session/{sid}{slash}").json() == ENDED
        assert is_dead(other)
        answer = mounted("DELETE", f"/session/{sid}{slash}")
        assert (answer.status_code, answer.json()) == (404, V3.error("SESSION_NOT_FOUND_ERROR"))

    def test_a_login_by_the_path_of_the_example(self, mounted: Api, me: Login) -> None:
        mounted.token = None
        answer = mounted("POST", "/session", {"user": "ann", "pass": PASSWORD})
        assert (answer.status_code, set(answer.json())) == (201, {"token", "exp"})

    @pytest.mark.parametrize(("query", "count"), [("", 2), ("?allButSelf=true", 1)])
    def test_all_sessions_end_by_the_path_of_the_example(
        self, mounted: Api, me: Login, other: Login, query: str, count: int
    ) -> None:
        assert mounted("DELETE", f"/sessions/all{query}").json() == ended(count)
        assert is_dead(other)
        assert is_dead(me) is (count == 2)

    def test_the_list_at_a_shared_prefix_is_wolfpals(self, mounted: Api, me: Login) -> None:
        listed = mounted("GET", "/sessions").json()
        if mounted.prefix == "/api/v3":
            assert listed == {"count": 1, "items": [form(me.session)]}
        else:
            assert [one["_id"] for one in listed["sessions"]] == [str(me.session.sid)]

    def test_without_a_body_nothing_is_ended_at_its_own_prefix(
        self, anns: Api, me: Login, other: Login
    ) -> None:
        answer = anns("DELETE", "/sessions")
        assert (answer.status_code, answer.json()) == (
            400,
            V3.error("MISSING_FIELDS_ERROR", fields=["sessions"]),
        )
        assert anns("DELETE", "/sessions", {"sessions": [other.session.sid]}).json() == ended(1)
        assert not is_dead(me)


class TestLogin:
    @pytest.mark.parametrize(
        "body",
        [
            {"username": "ann", "password": PASSWORD},
            {"user": "ann", "password": PASSWORD},
            {"username": "ann@example.com", "pass": PASSWORD},
            {"user": "ann", "pass": PASSWORD, "username": "nobody", "password": "a guess"},
            f"username=ann&password={PASSWORD.replace(' ', '+')}",
        ],
    )
    def test_both_names_of_the_fields(self, ann: Any, body: Any) -> None:
        kind = "application/x-www-form-urlencoded" if isinstance(body, str) else "application/json"
        answer = V3.api()("POST", "/user/session", body, content_type=kind)
        assert answer.status_code == 201

    @pytest.mark.parametrize(
        ("body", "fields"),
        [
            ({}, ["pass", "user"]),
            ({"username": None, "password": 7}, ["pass", "user"]),
            ({"username": "ann"}, ["pass"]),
            ({"user": None, "username": "ann", "pass": PASSWORD}, ["user"]),
        ],
    )
    def test_missing_fields_are_named_as_in_the_documentation(
        self, ann: Any, body: Any, fields: list[str]
    ) -> None:
        answer = V3.api()("POST", "/user/session", body)
        assert (answer.status_code, answer.json()["code"]) == (400, "MISSING_FIELDS_ERROR")
        assert sorted(answer.json()["fields"]) == fields


@pytest.mark.parametrize("dialect", [V3, V4], ids=str)
@pytest.mark.parametrize(
    ("headers", "name"),
    [
        ({"HTTP_X_TOKEN_NAME": "My terminal"}, "My terminal"),
        ({"HTTP_X_SESSION_NAME": "Mine", "HTTP_X_TOKEN_NAME": "Other"}, "Mine"),
        ({"HTTP_X_SESSION_NAME": " ", "HTTP_X_TOKEN_NAME": "Other"}, "Other"),
        ({"HTTP_X_TOKEN_NAME": "x" * 129}, "Chrome v87 on Linux"),
    ],
)
def test_the_older_header_for_session_names(
    ann: Any, dialect: Dialect, headers: dict[str, str], name: str
) -> None:
    body = {"user": "ann", "username": "ann", "pass": PASSWORD, "password": PASSWORD}
    assert dialect.api()("POST", dialect.login_path, body, **headers).status_code == 201
    assert ann.login_sessions.get().name == name


def test_v5_ignores_the_older_header(ann: Any) -> None:
    body = {"username": "ann", "password": PASSWORD}
    assert Api()("POST", "/login", body, HTTP_X_TOKEN_NAME="Mine").status_code == 201
    assert ann.login_sessions.get().name == "Chrome v87 on Linux"
