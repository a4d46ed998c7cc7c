"""Rate limits at the endpoints: what counts, what does not, and the headers."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from killswitches.registry import ACCOUNT_LOGIN
from killswitches.testing import switched_on
from tests.api import Api
from tests.cast import PASSWORD
from tests.rate_clock import Clock

pytestmark = [pytest.mark.django_db, pytest.mark.ratelimited]

WRONG = {"username": "ann", "password": "a guess"}
LIMITED = {
    "code": "RATELIMITED_ERROR",
    "message": "You Have Been Ratelimited. Please Try Again Later.",
}


@pytest.fixture(autouse=True)
def clock(limits_clock: Clock) -> Clock:
    return limits_clock


def logins(api: Api, times: int, body: Any = WRONG) -> list[int]:
    return [api("POST", "/login", body).status_code for _ in range(times)]


def test_four_logins_in_five_minutes(api: Api, ann: Any, clock: Any) -> None:
    first = api("POST", "/login", WRONG)
    reset = int(first["RateLimit-Reset"])
    assert (first["RateLimit-Limit"], first["RateLimit-Remaining"]) == ("4", "3")
    assert 0 < reset <= 300
    assert "RateLimit-Skipped" not in first
    assert logins(api, 3) == [401] * 3

    refused = api("POST", "/login", {"username": "ann", "password": PASSWORD})
    assert (refused.status_code, refused.json()) == (429, LIMITED)
    assert refused["RateLimit-Remaining"] == "0"
    assert refused["RateLimit-Reason"] == "standard"
    assert refused["Retry-After"] == str(reset)

    clock.now += reset
    assert api("POST", "/login", {"username": "ann", "password": PASSWORD}).status_code == 201


def test_unknown_names_do_not_count_but_wrong_passwords_do(api: Api, ann: Any) -> None:
    for _ in range(6):
        response = api("POST", "/login", {"username": "nobody", "password": "x"})
        assert response.status_code == 404
        assert (response["RateLimit-Skipped"], response["RateLimit-Remaining"]) == ("true", "4")
    assert logins(api, 5) == [401, 401, 401, 401, 429]


def test_unknown_names_are_limited_too(api: Api, ann: Any) -> None:
    answers = logins(api, 101, {"username": "nobody", "password": "x"})
    assert answers == [404] * 100 + [429]


@pytest.mark.parametrize("forged", ["203.0.113.{}", "::ffff:203.0.113.{}", "{}", "x{}, y"])
def test_a_forged_header_changes_nothing(api: Api, ann: Any, forged: str) -> None:
    answers = [
        api("POST", "/login", WRONG, HTTP_X_FORWARDED_FOR=forged.format(n)).status_code
        for n in range(5)
    ]
    assert answers == [401] * 4 + [429]


def test_clients_behind_a_proxy_are_counted_separately(api: Api, ann: Any, settings: Any) -> None:
    settings.SESSIONS_API = settings.SESSIONS_API | {"TRUSTED_PROXIES": 1}
    for client in ("203.0.113.1", "203.0.113.2"):
        answers = [
            api("POST", "/login", WRONG, HTTP_X_FORWARDED_FOR=f"{n}.1.1.1, {client}").status_code
            for n in range(5)
        ]
        assert answers == [401] * 4 + [429]


def test_ipv6_clients_are_counted_by_their_network(api: Api, ann: Any) -> None:
    answers = []
    for n in range(5):
        api.address = f"2001:db8:0:1:{n}::1"
        answers += logins(api, 1)
    api.address = "2001:db8:0:2::1"
    assert [*answers, *logins(api, 1)] == [401, 401, 401, 401, 429, 401]


def test_5xx_responses_do_not_count(api: Api, ann: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with switched_on(ACCOUNT_LOGIN):
        assert logins(api, 6) == [503] * 6
    with monkeypatch.context() as patch:
        patch.setattr("sessions_api.http.viewsets.login.log_in", lambda *a, **k: 1 / 0)
        for _ in range(6):
            response = api("POST", "/login", WRONG)
            assert (response.status_code, response["RateLimit-Skipped"]) == (500, "true")
    assert logins(api, 5) == [401] * 4 + [429]


def test_three_a_second_for_each_endpoint(ann: Any, log_in: Any, clock: Any) -> None:
    api = log_in(ann).api
    answers = [api("GET", "/users/me/sessions") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert [answer["RateLimit-Remaining"] for answer in answers[:3]] == ["99", "98", "97"]
    assert (answers[3]["RateLimit-Reason"], answers[3]["RateLimit-Limit"]) == ("burst", "3")
    assert answers[3]["Retry-After"] == "1"
    # Another method of the same path, and the same endpoint under another prefix.
    assert api("DELETE", "/users/me/sessions", {"ids": []}).status_code == 200
    api.prefix = "/api"
    assert api("GET", "/users/me/sessions").status_code == 429
    clock.now += 1
    assert api("GET", "/users/me/sessions").status_code == 200


def test_a_hundred_a_minute_together(ann: Any, bob: Any, log_in: Any, clock: Any) -> None:
    api, second = log_in(ann).api, log_in(ann).api
    # Within one window, which ends at a different second for each client.
    reset = int(api("GET", "/users/me/sessions")["RateLimit-Reset"])
    clock.now += reset
    answers = []
    for n in range(101):
        clock.now += 1 if n % 2 == 0 else 0
        answers.append(
            (api, second)[n % 2]("GET", ("/users/me/sessions", "/users/me/sessions/me")[n % 2])
        )
    assert [answer.status_code for answer in answers] == [200] * 100 + [429]
    assert (answers[-1]["RateLimit-Limit"], answers[-1]["RateLimit-Reason"]) == ("100", "standard")
    # Users are counted by account, not by address.
    assert log_in(bob).api("GET", "/users/me/sessions").status_code == 200


def test_anonymous_callers_are_counted_by_address(api: Api, clock: Any) -> None:
    answers = [api("GET", "/users/me/sessions") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [401, 401, 401, 429]
    assert answers[0]["RateLimit-Remaining"] == "99"


def test_staff_endpoints_are_not_limited(staff: Any, log_in: Any) -> None:
    api = log_in(staff).api
    for _ in range(10):
        response = api("GET", f"/users/{staff.pk}/sessions")
        assert response.status_code == 200
        assert not any(name.startswith("RateLimit") for name in response.headers)


def test_limits_can_be_switched_off(api: Api, ann: Any, settings: Any) -> None:
    settings.SESSIONS_API = settings.SESSIONS_API | {"RATELIMIT_ENABLE": False}
    assert logins(api, 6) == [401] * 6


@pytest.mark.django_db(transaction=True)
def test_exactly_four_of_fifty_parallel_logins_are_admitted(ann: Any) -> None:
    def attempt(n: int) -> int:
        try:
            return Api()("POST", "/login", WRONG).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(attempt, range(50)))
    assert sorted(answers) == [401] * 4 + [429] * 46
