"""Refused requests count like others, and are limited in the end."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from cumulonimbus import errors
from killswitches.registry import GLOBAL
from killswitches.testing import switched_on
from sessions_api.scopes import Scope
from tests.api import Api, Login
from tests.rate_clock import Clock
from tests.sessions_api.http.dialects.spellings import V3, V4, V5, WOLFPAL, Dialect
from tests.statements import statements

pytestmark = [pytest.mark.django_db, pytest.mark.ratelimited]

#: The contract's rates of all endpoints together and of each endpoint.
GENERAL, BURST = 100, 3
STAFF_PATHS = [
    (V3, "/user/{}/sessions"),
    (V4, "/users/{}/sessions"),
    (V5, "/users/{}/sessions"),
    (V5, "/users/{}/2fa"),
    (V5, "/killswitches"),
]


@pytest.fixture(autouse=True)
def clock(limits_clock: Clock) -> Clock:
    return limits_clock


def statuses(call: Callable[[], Any], times: int = BURST + 1) -> list[int]:
    return [call().status_code for _ in range(times)]


class TestUnknownPaths:
    @pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "OPTIONS", "BREW"])
    def test_strangers(self, dialect: Dialect, method: str) -> None:
        api = dialect.api()
        answers = [api(method, f"/no/such/path/{n}") for n in range(BURST + 1)]
        assert [one.status_code for one in answers] == [404] * BURST + [429]
        assert [one["RateLimit-Remaining"] for one in answers[:BURST]] == ["99", "98", "97"]
        assert answers[-1].json() == dialect.error("RATELIMITED_ERROR")
        assert (answers[-1]["RateLimit-Reason"], answers[-1]["Retry-After"]) == ("burst", "1")

    def test_all_unknown_paths_share_one_count(self) -> None:
        prefixes = ["/api/v3", "/api/v4", "/api/v5", "/api"]
        answers = [Api(prefix)("GET", "/nowhere").status_code for prefix in prefixes]
        assert answers == [404, 404, 404, 429]

    def test_users_are_counted_by_user(self, me: Login, bobs: Login) -> None:
        for login in (me, bobs):
            assert statuses(lambda login=login: login.api("GET", "/nowhere")) == [404] * 3 + [429]
        assert Api()("GET", "/nowhere").status_code == 404

    def test_who_is_banned_counts_as_themselves(self, me: Login) -> None:
        type(me.user).objects.update(is_active=False)
        assert statuses(lambda: me.api("GET", "/nowhere")) == [404] * 3 + [429]
        assert Api()("GET", "/nowhere").status_code == 404

    def test_a_hundred_a_minute(self, clock: Clock) -> None:
        answers = []
        for n in range(GENERAL + 1):
            clock.now += n % BURST == 0
            answers.append(Api()("GET", "/nowhere"))
        assert [one.status_code for one in answers] == [404] * GENERAL + [429]
        assert answers[-1]["RateLimit-Reason"] == "standard"

    def test_global_does_not_affect_them(self, me: Login) -> None:
        with switched_on(GLOBAL):
            assert Api()("GET", "/nowhere").status_code == 404
            assert me.api("GET", "/nowhere").status_code == 404

    def test_queries(self, me: Login) -> None:
        me.api("GET", "/users/me/sessions/me")
        for api, token, queries in ((Api(), None, 0), (Api(), "x.y.z", 0), (me.api, None, 1)):
            with CaptureQueriesContext(connection) as captured:
                assert api("GET", "/nowhere", token=token).status_code == 404
            assert len(statements(captured)) == queries


class TestWrongMethods:
    def test_strangers(self, dialect: Dialect) -> None:
        answers = [dialect.api()("PATCH", dialect.sessions) for _ in range(BURST + 1)]
        assert [one.status_code for one in answers] == [405] * BURST + [429]
        assert "GET" in answers[0]["Allow"]
        assert answers[0]["RateLimit-Remaining"] == "99"
        assert answers[-1].json() == dialect.error("RATELIMITED_ERROR")

    def test_users_are_counted_by_user_without_an_extra_query(self, me: Login) -> None:
        me.api("GET", "/users/me/sessions/me")
        with CaptureQueriesContext(connection) as captured:
            assert statuses(lambda: me.api("PATCH", "/login")) == [405] * 3 + [429]
        assert len(statements(captured)) == 4
        with CaptureQueriesContext(connection) as captured:
            assert Api()("PATCH", "/login").status_code == 405
        assert statements(captured) == []

    def test_switches_and_bans_do_not_matter(self, me: Login) -> None:
        type(me.user).objects.update(is_active=False)
        with switched_on(GLOBAL):
            assert me.api("PATCH", "/login").status_code == 405


class TestStaffPaths:
    @pytest.mark.parametrize(("dialect", "path"), STAFF_PATHS, ids=str)
    def test_are_limited_for_users(self, dialect: Dialect, path: str, me: Login, bob: Any) -> None:
        path = path.format(bob.pk)
        api = dialect.api(me)
        answers = [api("GET", path) for _ in range(BURST + 1)]
        assert [one.status_code for one in answers] == [403] * BURST + [429]
        assert answers[0]["RateLimit-Remaining"] == "99"
        assert answers[-1].json() == dialect.error("RATELIMITED_ERROR")

    @pytest.mark.parametrize("token", [None, "x.y.z"])
    @pytest.mark.parametrize("path", ["/users/1/sessions", "/users/1/2fa", "/killswitches"])
    def test_are_limited_for_anonymous_callers(self, path: str, token: str | None) -> None:
        assert statuses(lambda: Api()("GET", path, token=token)) == [401] * 3 + [429]

    def test_are_not_limited_for_authorized_staff(self, boss: Login) -> None:
        answers = [boss.api("GET", "/killswitches") for _ in range(9)]
        assert [one.status_code for one in answers] == [200] * 9
        assert "RateLimit-Limit" not in answers[0]

    @pytest.mark.parametrize(("dialect", "path"), STAFF_PATHS, ids=str)
    def test_are_limited_for_staff_without_the_permission(
        self, dialect: Dialect, path: str, newcomer: Any, bob: Any, log_in: Any
    ) -> None:
        login = log_in(newcomer)
        path = path.format(bob.pk)
        answers = [dialect.api(login)("GET", path) for _ in range(BURST + 1)]
        assert [one.status_code for one in answers] == [403] * BURST + [429]
        assert answers[0]["RateLimit-Remaining"] == "99"
        # Not against the network, where others sit.
        assert Api()("GET", "/nowhere")["RateLimit-Remaining"] == "99"

    def test_are_limited_for_staff_without_the_scope(self, staff: Any, log_in: Any) -> None:
        scoped = log_in(staff, permission_flags=int(Scope.UPLOAD_FILE))
        assert statuses(lambda: scoped.api("GET", "/killswitches")) == [403] * BURST + [429]
        # Refused requests do not affect permitted ones.
        assert statuses(lambda: log_in(staff).api("GET", "/killswitches"), 9) == [200] * 9

    def test_are_limited_for_staff_without_a_second_factor(
        self, boss: Login, settings: Any
    ) -> None:
        settings.SESSIONS_API = settings.SESSIONS_API | {"STAFF_REQUIRES_SECOND_FACTOR": True}
        assert statuses(lambda: boss.api("GET", "/killswitches")) == [401] * BURST + [429]

    def test_are_limited_for_staff_who_are_banned(self, boss: Login) -> None:
        type(boss.user).objects.update(is_active=False)
        assert statuses(lambda: boss.api("GET", "/killswitches")) == [403] * 3 + [429]


class TestOtherRefusals:
    def test_a_missing_scope(self, dialect: Dialect, ann: Any, log_in: Any) -> None:
        api = dialect.api(log_in(ann, permission_flags=int(Scope.UPLOAD_FILE)))
        answers = [api("GET", dialect.sessions) for _ in range(BURST + 1)]
        assert [one.status_code for one in answers] == [403] * BURST + [429]
        assert answers[0]["RateLimit-Remaining"] == "99"

    def test_who_is_banned_counts_as_themselves(self, dialect: Dialect, me: Login) -> None:
        type(me.user).objects.update(is_active=False)
        api = dialect.api(me)
        assert statuses(lambda: api("GET", dialect.sessions)) == [403] * 3 + [429]
        # Not against the network, where others sit.
        assert dialect.api()("GET", dialect.sessions)["RateLimit-Remaining"] == "99"

    def test_a_body_that_is_too_large(self, settings: Any) -> None:
        settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10
        answers = [Api()("POST", "/login", "x" * 11) for _ in range(5)]
        assert [one.status_code for one in answers] == [413] * 4 + [429]
        assert answers[0]["RateLimit-Remaining"] == "3"

    @pytest.mark.parametrize("path", ["/schema/v3/", "/docs/"])
    @pytest.mark.parametrize(("method", "status"), [("GET", 200), ("POST", 405)])
    def test_the_descriptions(self, path: str, method: str, status: int) -> None:
        answers = [Api("/api")(method, path) for _ in range(BURST + 1)]
        assert [one.status_code for one in answers] == [status] * BURST + [429]
        assert answers[0]["RateLimit-Remaining"] == "99"

    def test_a_closed_endpoint_does_not_count(self, me: Login) -> None:
        with switched_on(GLOBAL):
            answers = [me.api("GET", "/users/me/sessions") for _ in range(9)]
        assert {one.status_code for one in answers} == {503}
        assert me.api("GET", "/users/me/sessions")["RateLimit-Remaining"] == "99"

    def test_a_closed_endpoint_is_reported_before_a_limit(self, me: Login) -> None:
        for _ in range(BURST):
            me.api("GET", "/users/me/sessions")
        with switched_on(GLOBAL):
            assert me.api("GET", "/users/me/sessions").status_code == 503


class TestRefusalsByDjango:
    def test_an_unknown_host(self) -> None:
        client = Client(raise_request_exception=False)
        answers = [client.get("/api/login", headers={"host": "else.where"}) for _ in range(4)]
        assert [one.status_code for one in answers] == [400] * BURST + [429]
        assert (answers[0].json()["code"], answers[0]["RateLimit-Remaining"]) == (
            "INVALID_BODY_ERROR",
            "99",
        )

    @pytest.mark.parametrize(
        ("handler", "status"), [(errors.permission_denied, 403), (errors.page_not_found, 404)]
    )
    def test_other_errors(self, handler: Any, status: int, rf: RequestFactory) -> None:
        answers = statuses(lambda: handler(rf.get("/api/x"), Exception()))
        assert answers == [status] * BURST + [429]

    def test_server_errors_do_not_count(self, rf: RequestFactory) -> None:
        assert statuses(lambda: errors.server_error(rf.get("/api/x")), 9) == [500] * 9


def test_wolfpal_has_its_own_error_format(me: Login) -> None:
    """Checks the table of dialects that these tests use."""
    assert set(WOLFPAL.error("RATELIMITED_ERROR")) == {"code", "error"}
