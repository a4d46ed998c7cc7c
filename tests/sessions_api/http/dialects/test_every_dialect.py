"""Rules that apply in every dialect, so that none of them can bypass a rule of the others."""

from typing import Any

import pytest

from killswitches.registry import ACCOUNT_MODIFY, GLOBAL
from killswitches.testing import switched_on
from sessions_api.models import AuditEvent
from tests.api import CHROME, HOME, Api, Login, is_dead
from tests.audit_outage import no_room_for_events
from tests.conditions import CONDITIONS
from tests.policy_table import URLS, endpoints
from tests.sessions_api.http.dialects.spellings import DIALECTS, V3, V4, V5, WOLFPAL, Dialect

pytestmark = pytest.mark.django_db


def requests(dialect: Dialect) -> list[tuple[str, str]]:
    """Yield every endpoint of a dialect, with ids that do not exist."""
    return [
        (method, "/".join("1" if part.startswith(":") else part for part in path.split("/")))
        for method, path, _, _ in endpoints(URLS[dialect.name].urlpatterns)
    ]


def protected(dialect: Dialect) -> list[tuple[str, str]]:
    """Yield the endpoints that require a session."""
    return [one for one in requests(dialect) if one != ("POST", dialect.login_path)]


class TestTokens:
    @pytest.mark.parametrize("ends_in", DIALECTS, ids=str)
    def test_a_session_ended_in_one_dialect_is_refused_in_all(
        self, login_dialect: Dialect, ends_in: Dialect, ann: Any
    ) -> None:
        token = login_dialect.log_in(login_dialect.api()).json()["token"]
        sids = {
            tuple(one.sids(one.api()("GET", one.sessions, token=token).json())) for one in DIALECTS
        }
        [[sid]] = sids
        assert ends_in.api()("DELETE", ends_in.one.format(sid), token=token).status_code == 200
        for dialect in DIALECTS:
            response = dialect.api()("GET", dialect.sessions, token=token)
            assert (response.status_code, response.json()) == (
                401,
                dialect.error("INVALID_SESSION_ERROR"),
            )

    def test_ending_all_sessions_can_include_the_current_one(
        self, dialect: Dialect, me: Login, other: Login, bobs: Login
    ) -> None:
        assert dialect.api(me)("DELETE", dialect.all).status_code == 200
        assert is_dead(me)
        assert is_dead(other)
        assert not is_dead(bobs)

    def test_a_token_is_required(self, dialect: Dialect) -> None:
        for method, path in protected(dialect):
            for header in ({}, {"HTTP_AUTHORIZATION": "Bearer x.y.z"}):
                response = dialect.api()(method, path, **header)
                assert (response.status_code, response.json(), response["WWW-Authenticate"]) == (
                    401,
                    dialect.error("INVALID_SESSION_ERROR"),
                    "Bearer",
                ), (method, path)


class TestClosed:
    def test_a_ban_closes_every_endpoint(self, dialect: Dialect, boss: Login) -> None:
        boss.user.is_active = False
        boss.user.save()
        for method, path in requests(dialect):
            response = dialect.api(boss)(method, path)
            assert (response.status_code, response.json()) == (
                403,
                dialect.error("BANNED_ERROR"),
            ), (method, path)

    def test_global_closes_every_endpoint(self, dialect: Dialect, me: Login) -> None:
        closed = dialect.error("SERVICE_UNAVAILABLE_ERROR", feature=8)
        with switched_on(GLOBAL, ACCOUNT_MODIFY):
            for method, path in requests(dialect):
                response = dialect.api(me)(method, path)
                assert (response.status_code, response.json()) == (503, closed), (method, path)

    def test_the_switch_for_changes_closes_changes(self, dialect: Dialect, me: Login) -> None:
        closed = dialect.error("SERVICE_UNAVAILABLE_ERROR", feature=1)
        with switched_on(ACCOUNT_MODIFY):
            assert dialect.api(me)("GET", dialect.sessions).status_code == 200
            for path in (dialect.one.format(me.session.sid), dialect.all):
                response = dialect.api(me)("DELETE", path)
                assert (response.status_code, response.json()) == (503, closed)
        assert not is_dead(me)

    @pytest.mark.parametrize("dialect", [V3, V4], ids=str)
    def test_the_switch_for_changes_closes_ending_many(self, dialect: Dialect, me: Login) -> None:
        with switched_on(ACCOUNT_MODIFY):
            assert dialect.api(me)("DELETE", dialect.sessions).status_code == 503

    def test_staff_pass(self, dialect: Dialect, boss: Login) -> None:
        with switched_on(GLOBAL):
            assert dialect.api(boss)("GET", dialect.sessions).status_code == 200
            assert dialect.api(boss)("DELETE", dialect.all).status_code == 200


class TestAudit:
    def test_ending_is_audited_with_actor_and_address(
        self, dialect: Dialect, me: Login, other: Login
    ) -> None:
        api = dialect.api(me)
        api("DELETE", dialect.one.format(other.session.sid))
        api("DELETE", dialect.all)
        last, first = AuditEvent.objects.filter(kind="sessions_ended")
        assert first.detail == {"sessions": [other.session.sid]}
        assert last.detail == {"sessions": [me.session.sid]}
        for event in (first, last):
            assert (event.actor, event.subject) == (me.user, me.user)
            assert (event.address, event.user_agent) == (HOME, CHROME)

    def test_what_cannot_be_recorded_does_not_happen(self, dialect: Dialect, me: Login) -> None:
        with no_room_for_events():
            response = dialect.api(me)("DELETE", dialect.all)
        assert (response.status_code, response.json()) == (
            500,
            dialect.error("INTERNAL_SERVER_ERROR"),
        )
        assert not is_dead(me)


class TestUnknownEndpoints:
    @pytest.mark.parametrize("path", ["/", "/nothing", "//login", "/sessions/1/2", "/%F0%28"])
    @pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "OPTIONS"])
    def test_an_unknown_path(self, dialect: Dialect, method: str, path: str) -> None:
        response = dialect.api()(method, path)
        assert (response.status_code, response.json()) == (
            404,
            dialect.error("INVALID_ENDPOINT_ERROR"),
        )

    @pytest.mark.parametrize("path", ["/nothing", "/wolfpal", "/v3", "/wolfpalx/sessions"])
    def test_the_root_serves_v5(self, path: str) -> None:
        response = Api(prefix="/api")("GET", path)
        assert (response.status_code, response.json()) == (404, V5.error("INVALID_ENDPOINT_ERROR"))

    @pytest.mark.parametrize(
        ("dialect", "path", "allowed"),
        [
            (V3, "/user/session", "GET HEAD POST"),
            (V3, "/user/session/1", "GET HEAD DELETE"),
            (V3, "/user/sessions", "GET HEAD DELETE"),
            (V3, "/user/sessions/all", "DELETE"),
            (V3, "/user/1/sessions", "GET HEAD DELETE"),
            (V3, "/user/1/session/1", "GET HEAD DELETE"),
            (V4, "/login", "POST"),
            (V4, "/users/me/sessions", "GET HEAD DELETE"),
            (V4, "/users/me/sessions/all", "DELETE"),
            (V4, "/users/1/sessions/1", "GET HEAD DELETE"),
            (WOLFPAL, "/sessions", "GET HEAD DELETE"),
            (WOLFPAL, "/sessions/1", "DELETE"),
        ],
        ids=str,
    )
    def test_a_wrong_method_gets_the_allowed_ones(
        self, dialect: Dialect, path: str, allowed: str
    ) -> None:
        every = {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"}
        prefixes = [dialect.prefix] if dialect is V4 else [dialect.prefix, "/api"]
        for prefix in prefixes:
            for method in every - set(allowed.split()):
                response = Api(prefix=prefix)(method, path)
                assert (response.status_code, response.json()) == (
                    405,
                    dialect.error("INVALID_ENDPOINT_ERROR"),
                )
                assert set(response["Allow"].split(", ")) == set(allowed.split())

    def test_head_has_no_body(self, dialect: Dialect, me: Login) -> None:
        response = dialect.api(me)("HEAD", dialect.sessions)
        assert (response.status_code, response.content) == (200, b"")


class TestConditionalRequests:
    """Responses have no version, date or ranges, so conditions are ignored (RFC 9110, 13.1)."""

    @pytest.mark.parametrize("condition", CONDITIONS, ids=str)
    def test_conditions_are_ignored(
        self, dialect: Dialect, me: Login, other: Login, condition: dict[str, str]
    ) -> None:
        for method, path in requests(dialect):
            asked, plain = (dialect.api()(method, path, headers=one) for one in (condition, {}))
            assert (asked.status_code, asked.json()) == (plain.status_code, plain.json())
        api = dialect.api(me)
        for method, path in [
            ("GET", dialect.sessions),
            ("HEAD", dialect.sessions),
            ("DELETE", dialect.one.format(other.session.sid)),
            ("DELETE", dialect.all),
        ]:
            response = api(method, path, headers=condition)
            assert (response.status_code, response["Content-Type"]) == (200, "application/json")
        assert is_dead(other)
        assert is_dead(me)


class TestBodies:
    @pytest.mark.parametrize(
        ("body", "content_type", "status", "code"),
        [
            ("{", "application/json", 400, "INVALID_BODY_ERROR"),
            ("[]", "application/json", 400, "INVALID_BODY_ERROR"),
            ("[" * 100_000, "application/json", 400, "INVALID_BODY_ERROR"),
            (b"\xff", "application/json", 400, "INVALID_BODY_ERROR"),
            ('{"ids": [' + "9" * 5000 + "]}", "application/json", 400, "INVALID_BODY_ERROR"),
            ("x", "text/plain", 415, "INVALID_BODY_ERROR"),
            ("x" * 3_000_000, "application/json", 413, "BODY_TOO_LARGE_ERROR"),
        ],
    )
    @pytest.mark.parametrize("dialect", [V3, V4], ids=str)
    def test_malformed_bodies(
        self,
        dialect: Dialect,
        me: Login,
        body: str | bytes,
        content_type: str,
        status: int,
        code: str,
    ) -> None:
        for api, method, path in (
            (dialect.api(), "POST", dialect.login_path),
            (dialect.api(me), "DELETE", dialect.sessions),
        ):
            response = api(method, path, body, content_type=content_type)
            assert (response.status_code, response.json()) == (status, dialect.error(code))

    def test_a_long_body_is_refused_even_if_it_is_not_needed(self, me: Login) -> None:
        response = WOLFPAL.api(me)("DELETE", "/sessions", "x" * 3_000_000)
        assert (response.status_code, response.json()) == (
            413,
            WOLFPAL.error("BODY_TOO_LARGE_ERROR"),
        )
