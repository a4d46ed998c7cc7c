"""Rates in every dialect. Logins count together in all dialects."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from killswitches.registry import ACCOUNT_LOGIN
from killswitches.testing import switched_on
from tests.api import Login
from tests.rate_clock import Clock
from tests.sessions_api.http.dialects.spellings import DIALECTS, V3, V4, V5, WITH_LOGIN, Dialect

pytestmark = [pytest.mark.django_db, pytest.mark.ratelimited]

OLDER = [V3, V4]


@pytest.fixture(autouse=True)
def clock(limits_clock: Clock) -> Clock:
    return limits_clock


def guess(*dialects: Dialect, address: str = "198.51.100.7") -> list[int]:
    """Try a wrong password in each of the dialects, and return the statuses."""
    answers = []
    for dialect in dialects:
        api = dialect.api()
        api.address = address
        answers.append(dialect.log_in(api, password="a guess").status_code)
    return answers


class TestLoginsOfOneDialect:
    @pytest.mark.parametrize("dialect", OLDER, ids=str)
    def test_three_in_three_minutes(self, dialect: Dialect, ann: Any, clock: Clock) -> None:
        first = dialect.log_in(dialect.api(), password="a guess")
        reset = int(first["RateLimit-Reset"])
        assert (first["RateLimit-Limit"], first["RateLimit-Remaining"]) == ("3", "2")
        assert 0 < reset <= 180
        assert "RateLimit-Skipped" not in first
        assert guess(dialect, dialect) == [401, 401]

        refused = dialect.log_in(dialect.api())
        assert (refused.status_code, refused.json()) == (429, dialect.error("RATELIMITED_ERROR"))
        assert (refused["RateLimit-Reason"], refused["RateLimit-Remaining"]) == ("standard", "0")
        assert refused["Retry-After"] == str(reset)

        clock.now += reset
        assert dialect.log_in(dialect.api()).status_code == 201

    @pytest.mark.parametrize("dialect", OLDER, ids=str)
    def test_every_response_counts(self, dialect: Dialect, ann: Any) -> None:
        answers = [
            dialect.api()("POST", dialect.login_path, {}),
            dialect.log_in(dialect.api(), "nobody"),
            dialect.log_in(dialect.api()),
            dialect.log_in(dialect.api()),
        ]
        assert [answer.status_code for answer in answers] == [400, 404, 201, 429]
        assert not any("RateLimit-Skipped" in answer for answer in answers[:3])

    @pytest.mark.parametrize("dialect", OLDER, ids=str)
    def test_server_errors_do_not_count(self, dialect: Dialect, ann: Any) -> None:
        with switched_on(ACCOUNT_LOGIN):
            assert guess(*[dialect] * 5) == [503] * 5
        assert guess(*[dialect] * 4) == [401, 401, 401, 429]

    def test_in_v5_four_in_five_minutes(self, ann: Any) -> None:
        assert [V5.log_in(V5.api(), "nobody").status_code for _ in range(5)] == [404] * 5
        assert guess(*[V5] * 5) == [401, 401, 401, 401, 429]


class TestLoginsOfSeveralDialects:
    @pytest.mark.parametrize(
        ("order", "answers"),
        [
            ([V3, V3, V3, V4, V3], [401, 401, 401, 429, 429]),
            ([V4, V3, V4, V3, V4], [401, 401, 401, 429, 429]),
            ([V4, V4, V4, V5, V5, V4, V3], [401, 401, 401, 401, 429, 429, 429]),
            ([V3, V3, V3, V4, V5, V5, V3], [401, 401, 401, 429, 401, 429, 429]),
            ([V5, V5, V5, V3, V4, V5, V5], [401, 401, 401, 429, 429, 401, 429]),
            ([V5, V5, V5, V5, V3, V4, V5], [401, 401, 401, 401, 429, 429, 429]),
            ([V5, V4, V3, V5, V4, V3, V5], [401, 401, 401, 401, 429, 429, 429]),
            ([V3, V5, V4, V3, V5, V5], [401, 401, 401, 429, 401, 429]),
        ],
        ids=lambda value: "-".join(map(str, value)),
    )
    def test_guesses_in_one_window_count_together(
        self, ann: Any, order: list[Dialect], answers: list[int]
    ) -> None:
        assert guess(*order) == answers

    @pytest.mark.parametrize("first", WITH_LOGIN, ids=str)
    @pytest.mark.parametrize("second", WITH_LOGIN, ids=str)
    def test_no_order_allows_more_than_four(
        self, ann: Any, first: Dialect, second: Dialect
    ) -> None:
        allowed = 4 if V5 in (first, second) else 3
        assert guess(*[first, second] * 6).count(401) == allowed
        assert guess(*[first] * 6, *[second] * 6, address="198.51.100.8").count(401) == allowed

    @pytest.mark.django_db(transaction=True)
    def test_parallel_attempts_allow_no_more_than_four(self, ann: Any) -> None:
        def attempt(n: int) -> int:
            try:
                return guess(WITH_LOGIN[n % 3])[0]
            finally:
                connection.close()

        with ThreadPoolExecutor(30) as pool:
            answers = list(pool.map(attempt, range(30)))
        assert set(answers) == {401, 429}
        assert answers.count(401) <= 4

    def test_outcomes_that_do_not_count_in_v5_do_not_count_in_others(self, ann: Any) -> None:
        assert [V5.log_in(V5.api(), "nobody").status_code for _ in range(5)] == [404] * 5
        assert guess(V3, V4, V3, V4) == [401, 401, 401, 429]

    def test_refused_attempts_do_not_count_elsewhere(self, ann: Any) -> None:
        assert guess(V3, V3, V3, *[V4] * 9) == [401] * 3 + [429] * 9
        # Only the three admitted attempts count towards v5's four.
        answer = V5.log_in(V5.api(), password="a guess")
        assert (answer.status_code, answer["RateLimit-Remaining"]) == (401, "0")

    def test_attempts_count_beyond_the_shorter_window(self, ann: Any, clock: Clock) -> None:
        # At the beginning of a window of v5, within which one of the older dialects ends.
        clock.now += int(V5.log_in(V5.api(), "nobody")["RateLimit-Reset"])
        older = V4.log_in(V4.api(), password="a guess")
        assert guess(V4, V4) == [401, 401]
        clock.now += int(older["RateLimit-Reset"])
        assert guess(V5, V5) == [401, 429]

    def test_each_address_is_counted_separately(self, ann: Any) -> None:
        assert guess(V3, V4, V5, V5, V5) == [401, 401, 401, 401, 429]
        assert guess(V3, V4, V5, V5, V5, address="198.51.100.8") == [401, 401, 401, 401, 429]


class TestEveryEndpoint:
    def test_three_a_second(self, dialect: Dialect, me: Login, clock: Clock) -> None:
        api = dialect.api(me)
        answers = [api("GET", dialect.sessions) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
        assert [answer["RateLimit-Remaining"] for answer in answers[:3]] == ["99", "98", "97"]
        assert answers[3].json() == dialect.error("RATELIMITED_ERROR")
        assert (answers[3]["RateLimit-Reason"], answers[3]["Retry-After"]) == ("burst", "1")
        # The same endpoint under its other prefix, and another endpoint.
        if dialect is not V4:
            api.prefix = "/api"
            assert api("GET", dialect.sessions).status_code == 429
        assert api("DELETE", dialect.one.format(1)).status_code == 404
        clock.now += 1
        assert api("GET", dialect.sessions).status_code == 200

    def test_a_hundred_a_minute_in_all_dialects_together(self, me: Login, clock: Clock) -> None:
        clock.now += int(V5.api(me)("GET", V5.sessions)["RateLimit-Reset"])
        answers = []
        for n in range(100):
            dialect = DIALECTS[n % 4]
            clock.now += 1 if n % 8 == 0 else 0
            answers.append(dialect.api(me)("GET", dialect.sessions).status_code)
        assert answers == [200] * 100
        for dialect in DIALECTS:
            response = dialect.api(me)("GET", dialect.sessions)
            assert (response.status_code, response.json()) == (
                429,
                dialect.error("RATELIMITED_ERROR"),
            )
            assert (response["RateLimit-Limit"], response["RateLimit-Reason"]) == (
                "100",
                "standard",
            )

    def test_anonymous_callers_are_counted(self, dialect: Dialect) -> None:
        answers = [dialect.api()("GET", dialect.sessions) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [401, 401, 401, 429]
        assert answers[0]["RateLimit-Remaining"] == "99"

    @pytest.mark.parametrize(
        ("dialect", "path"), [(V3, "/user/{}/sessions"), (V4, "/users/{}/sessions")], ids=str
    )
    def test_staff_are_limited_only_on_their_own_sessions(
        self, dialect: Dialect, path: str, ann: Any, boss: Login
    ) -> None:
        api = dialect.api(boss)
        for _ in range(5):
            response = api("GET", path.format(ann.pk))
            assert response.status_code == 200
            assert not any(name.startswith("RateLimit") for name in response.headers)
        own = [api("GET", dialect.sessions).status_code for _ in range(4)]
        assert own == [200, 200, 200, 429]

    def test_in_v4_the_callers_id_counts_like_me(self, boss: Login) -> None:
        api = V4.api(boss)
        paths = [f"/users/{boss.user.pk}/sessions", "/users/me/sessions"] * 2
        assert [api("GET", path).status_code for path in paths] == [200, 200, 200, 429]
