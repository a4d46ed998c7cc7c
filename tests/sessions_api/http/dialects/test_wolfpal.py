"""Dialect WolfPal: own sessions, with device and location."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from sessions_api.models import UserSession
from tests.api import CHROME, HOME, Api, Login, is_dead
from tests.sessions_api.http.dialects.spellings import NOT_FOUND, UNAUTHORIZED, V5, WOLFPAL

pytestmark = pytest.mark.django_db

SESSIONS = "/sessions"
FORM = "application/x-www-form-urlencoded"
ENDED = {"code": "SESSION_REVOKED", "error": "Session has been revoked."}
ALL_ENDED = {"code": "ALL_SESSIONS_REVOKE", "error": "All Sessions has been revoked."}


def iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


@pytest.fixture
def anns(me: Login) -> Api:
    """Ann's API in wolfpal."""
    return WOLFPAL.api(me)


class TestList:
    def test_the_list_has_the_form_of_the_contract(self, anns: Api, me: Login) -> None:
        response = anns("GET", SESSIONS)
        assert (response.status_code, response.json()) == (
            200,
            {
                "sessions": [
                    {
                        "device": {
                            "browser": "Chrome",
                            "version": "87.0.4280.88",
                            "platform": "unknown",
                            "os": "Linux",
                            "isDev": False,
                        },
                        "location": "unknown",
                        "_id": str(me.session.sid),
                        "expireAt": iso(datetime.fromtimestamp(me.session.sid + 86_400, UTC)),
                        "createdAt": iso(me.session.created_at),
                    }
                ]
            },
        )

    def test_all_sessions_are_listed_newest_first(self, anns: Api, me: Login, log_in: Any) -> None:
        now = datetime.now(UTC)
        for age in range(1, 60):
            log_in(me.user, now=now - timedelta(minutes=age))
        log_in(me.user, now=now - timedelta(days=3), name="expired")
        sids = UserSession.objects.exclude(name="expired").order_by("-sid").values_list("sid")
        for query in ("", "?limit=2&offset=1"):
            listed = anns("GET", SESSIONS + query).json()["sessions"]
            assert [one["_id"] for one in listed] == [str(sid) for (sid,) in sids]
        assert len(listed) == 60

    def test_sessions_of_others_are_not_listed(self, anns: Api, me: Login, bobs: Login) -> None:
        assert WOLFPAL.sids(anns("GET", SESSIONS).json()) == [me.session.sid]

    @pytest.mark.parametrize("header", ["{}", "Bearer {}", "bearer {}"])
    def test_all_spellings_of_the_header_are_accepted(
        self, anns: Api, me: Login, header: str
    ) -> None:
        assert anns("GET", SESSIONS, token=header.format(me.token)).status_code == 200

    @pytest.mark.parametrize("header", ["{}x", "Bearer", "Bearer x.y.z", "Basic {}", "Token {}"])
    @pytest.mark.parametrize(
        ("method", "path"), [("GET", SESSIONS), ("DELETE", SESSIONS), ("DELETE", "/sessions/1")]
    )
    def test_a_valid_token_is_required(
        self, anns: Api, me: Login, method: str, path: str, header: str
    ) -> None:
        response = anns(method, path, token=header.format(me.token))
        assert (response.status_code, response.json()) == (401, UNAUTHORIZED)
        assert response["WWW-Authenticate"] == "Bearer"


class TestEnding:
    def test_an_ended_session_is_refused(self, anns: Api, me: Login, other: Login) -> None:
        response = anns("DELETE", f"/sessions/{other.session.sid}")
        assert (response.status_code, response.json()) == (200, ENDED)
        assert is_dead(other)
        again = anns("DELETE", f"/sessions/{other.session.sid}")
        assert (again.status_code, again.json()) == (404, NOT_FOUND)
        assert anns("DELETE", f"/sessions/{me.session.sid}").json() == ENDED
        assert is_dead(me)

    @pytest.mark.parametrize("sid", ["1", "0", "-1", "me", "all", "01", "9" * 40, "%00", "%F0%9F"])
    def test_an_unknown_session_is_not_found(self, anns: Api, sid: str) -> None:
        response = anns("DELETE", f"/sessions/{sid}")
        assert (response.status_code, response.json()) == (404, NOT_FOUND)
        assert "WWW-Authenticate" not in response

    def test_12_sessions_of_others_cannot_be_ended(self, anns: Api, bob: Any, log_in: Any) -> None:
        bobs = log_in(bob, now=datetime.now(UTC) - timedelta(minutes=1))
        response = anns("DELETE", f"/sessions/{bobs.session.sid}")
        assert (response.status_code, response.json()) == (404, NOT_FOUND)
        assert not is_dead(bobs)

    def test_of_two_sessions_with_the_same_id_the_callers_is_ended(
        self, ann: Any, bob: Any, log_in: Any
    ) -> None:
        now = datetime.now(UTC)
        anns, bobs = log_in(ann, now=now), log_in(bob, now=now)
        assert WOLFPAL.api(anns)("DELETE", f"/sessions/{bobs.session.sid}").json() == ENDED
        assert is_dead(anns)
        assert not is_dead(bobs)

    def test_an_expired_session_is_not_found(self, anns: Api, me: Login, log_in: Any) -> None:
        expired = log_in(me.user, now=datetime.now(UTC) - timedelta(days=2))
        assert anns("DELETE", f"/sessions/{expired.session.sid}").status_code == 404

    @pytest.mark.parametrize("query", ["", "?include-self=false", "?allButSelf=true"])
    def test_ending_all_includes_the_current_session(
        self, anns: Api, me: Login, other: Login, bobs: Login, query: str
    ) -> None:
        response = anns("DELETE", SESSIONS + query)
        assert (response.status_code, response.json()) == (200, ALL_ENDED)
        assert is_dead(me)
        assert is_dead(other)
        assert not is_dead(bobs)


@pytest.mark.parametrize("prefix", ["/api", "/api/wolfpal"])
@pytest.mark.parametrize("slash", ["", "/"])
def test_every_prefix_with_and_without_a_slash(
    anns: Api, other: Login, prefix: str, slash: str
) -> None:
    anns.prefix = prefix
    assert anns("GET", f"/sessions{slash}").status_code == 200
    assert anns("DELETE", f"/sessions/{other.session.sid}{slash}").json() == ENDED
    assert anns("DELETE", f"/sessions{slash}").json() == ALL_ENDED


@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "text/plain", ""])
def test_a_body_is_ignored_when_one_session_is_ended(
    anns: Api, other: Login, content_type: str
) -> None:
    path = f"/sessions/{other.session.sid}"
    assert anns("DELETE", path, "rubbish", content_type=content_type).json() == ENDED


class TestBodiesThatNameSessions:
    """A client that follows v3's documentation must not lose all its sessions."""

    @pytest.fixture(params=["/api", "/api/wolfpal"])
    def mounted(self, request: pytest.FixtureRequest, anns: Api) -> Api:
        anns.prefix = request.param
        return anns

    @pytest.mark.parametrize("content_type", ["application/json", FORM, MULTIPART_CONTENT])
    def test_end_only_these(
        self, mounted: Api, me: Login, other: Login, bobs: Login, content_type: str
    ) -> None:
        bobs.session.sid -= 10
        bobs.session.save()
        sids = [str(other.session.sid), str(bobs.session.sid), "7"]
        body: Any = {"sessions": sids}
        if content_type == FORM:
            body = "&".join(f"sessions={sid}" for sid in sids)
        elif content_type == MULTIPART_CONTENT:
            body = encode_multipart(BOUNDARY, body)
        answer = mounted("DELETE", SESSIONS, body, content_type=content_type)
        assert (answer.status_code, answer.json()) == (200, {"count": 1, "type": "session"})
        assert is_dead(other)
        assert not is_dead(me)
        assert bobs.user.login_sessions.exists()

    def test_end_nothing_if_the_list_is_empty(self, mounted: Api, me: Login) -> None:
        answer = mounted("DELETE", SESSIONS, {"sessions": []})
        assert (answer.status_code, answer.json()) == (200, {"count": 0, "type": "session"})
        assert not is_dead(me)

    @pytest.mark.parametrize(
        ("body", "content_type", "status", "code"),
        [
            ({}, "application/json", 400, "MISSING_FIELDS_ERROR"),
            ({"ids": ["1"]}, "application/json", 400, "MISSING_FIELDS_ERROR"),
            ({"sessions": None}, "application/json", 400, "MISSING_FIELDS_ERROR"),
            ({"sessions": "1"}, "application/json", 400, "MISSING_FIELDS_ERROR"),
            ({"sessions": [None]}, "application/json", 400, "MISSING_FIELDS_ERROR"),
            ({"sessions": ["1"] * 51}, "application/json", 400, "BODY_TOO_LARGE_ERROR"),
            ("ids=1", FORM, 400, "MISSING_FIELDS_ERROR"),
            ("{", "application/json", 400, "INVALID_BODY_ERROR"),
            (" ", "application/json", 400, "INVALID_BODY_ERROR"),
            ("[]", "application/json", 400, "INVALID_BODY_ERROR"),
            ("null", "application/json", 400, "INVALID_BODY_ERROR"),
            (b"\xff", "application/json", 400, "INVALID_BODY_ERROR"),
            ("&&", FORM, 400, "INVALID_BODY_ERROR"),
            ("rubbish", MULTIPART_CONTENT, 400, "INVALID_BODY_ERROR"),
            ("rubbish", "multipart/form-data", 400, "INVALID_BODY_ERROR"),
            ("rubbish", "text/plain", 415, "INVALID_BODY_ERROR"),
            (b"\xff", "", 415, "INVALID_BODY_ERROR"),
        ],
    )
    def test_end_nothing_if_they_are_invalid(
        self, mounted: Api, me: Login, body: Any, content_type: str, status: int, code: str
    ) -> None:
        answer = mounted("DELETE", SESSIONS, body, content_type=content_type)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert set(answer.json()) <= {"code", "error", "fields"}
        assert answer.json().get("fields", ["sessions"]) == ["sessions"]
        assert not is_dead(me)

    @pytest.mark.parametrize("body", [None, ""])
    @pytest.mark.parametrize("content_type", ["application/json", FORM, "text/plain", ""])
    def test_without_a_body_all_are_ended(
        self, mounted: Api, me: Login, other: Login, body: Any, content_type: str
    ) -> None:
        answer = mounted("DELETE", SESSIONS, body, content_type=content_type)
        assert (answer.status_code, answer.json()) == (200, ALL_ENDED)
        assert is_dead(me)
        assert is_dead(other)


class TestDevicesAndLocations:
    """Logins are made through the API, which determines devices and locations."""

    @pytest.fixture
    def listed_after(self, ann: Any) -> Callable[..., dict[str, Any]]:
        def log_in_and_list(user_agent: str | None, address: str = HOME) -> dict[str, Any]:
            api = Api(prefix=WOLFPAL.prefix, address=address, user_agent=user_agent)
            api.token = V5.log_in(api).json()["token"]
            [session] = api("GET", SESSIONS).json()["sessions"]
            return session

        return log_in_and_list

    @pytest.mark.parametrize(
        ("user_agent", "parts"),
        [
            # The two in the documentation's example.
            (CHROME, ("Chrome", "87.0.4280.88", "unknown", "Linux", False)),
            (
                "PostmanRuntime/7.26.8",
                ("PostmanRuntime", "7.26.8", "unknown", "unknown", True),
            ),
            (None, ("unknown", "unknown", "unknown", "unknown", False)),
            ("", ("unknown", "unknown", "unknown", "unknown", False)),
            ("\x00\xff\xfe", ("unknown", "unknown", "unknown", "unknown", False)),
            ("node", ("node", "unknown", "unknown", "unknown", True)),
        ],
    )
    def test_a_session_shows_the_device_of_its_login(
        self,
        listed_after: Callable[..., dict[str, Any]],
        user_agent: str | None,
        parts: tuple[object, ...],
    ) -> None:
        names = ("browser", "version", "platform", "os", "isDev")
        assert listed_after(user_agent)["device"] == dict(zip(names, parts, strict=True))

    @pytest.mark.parametrize(
        ("address", "location"),
        [
            ("2.125.160.217", "Boxford, England United Kingdom"),
            ("2a02:ff0::1", "Paris, France"),
            ("89.160.20.113", "Sweden"),
            ("5.5.5.5", "unknown"),
            ("10.0.0.1", "unknown"),
        ],
    )
    def test_a_session_shows_the_location_of_its_login(
        self,
        listed_after: Callable[..., dict[str, Any]],
        city_database: Path,
        address: str,
        location: str,
    ) -> None:
        assert listed_after(CHROME, address)["location"] == location

    def test_a_session_that_moves_shows_the_location_of_its_login(
        self,
        listed_after: Callable[..., dict[str, Any]],
        city_database: Path,
        log_in: Any,
        ann: Any,
    ) -> None:
        listed_after(CHROME, "2.125.160.217")
        elsewhere = WOLFPAL.api(log_in(ann))
        elsewhere.address = "89.160.20.113"
        listed = elsewhere("GET", SESSIONS).json()["sessions"]
        assert sorted(one["location"] for one in listed) == [
            "Boxford, England United Kingdom",
            "unknown",
        ]
