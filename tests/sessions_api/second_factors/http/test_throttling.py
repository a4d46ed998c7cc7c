"""Limits of attempts at second factors, and who can use them up."""

from collections.abc import Callable
from typing import Any

import pytest

from sessions_api.models import AuditEvent, UserSession
from sessions_api.second_factors.services import enrolment
from sessions_api.services.audit import Actor
from tests.api import Api, Login
from tests.cast import PASSWORD
from tests.rate_clock import Clock
from tests.sessions_api.second_factors.challenges import FACTORS, answer, by_code, challenge
from tests.sessions_api.second_factors.totp import App

pytestmark = [pytest.mark.django_db, pytest.mark.ratelimited]

WINDOW = 300
REVERIFIED = {"password": PASSWORD}


@pytest.fixture(autouse=True)
def _one_window(limits_clock: Clock) -> None:
    """Freeze the clock, so that no window ends during a test."""


def elsewhere(n: int) -> Api:
    """Return a client with its own address, whose login limit is unused."""
    return Api(address=f"203.0.113.{n}")


def test_at_login_the_answer_counts_and_the_challenge_does_not(anns_app: App) -> None:
    api = elsewhere(1)
    for _ in range(3):
        response = api("POST", "/login", {"username": "ann", "password": PASSWORD})
        assert (response["RateLimit-Remaining"], response["RateLimit-Skipped"]) == ("4", "true")
    body = by_code(response.json(), anns_app.next_code())
    response = api("POST", "/login", body)
    assert (response.status_code, response["RateLimit-Remaining"]) == (201, "3")
    assert "RateLimit-Skipped" not in response
    refused = [api("POST", "/login", body).status_code for _ in range(4)]
    assert refused == [401, 401, 401, 429]


def test_wrong_answers_are_counted_per_user_from_all_addresses(
    anns_app: App, limits_clock: Clock
) -> None:
    asked = challenge(elsewhere(0))
    wrong = by_code(asked, anns_app.wrong_code())
    answers = [elsewhere(n)("POST", "/login", wrong).status_code for n in range(1, 8)]
    assert answers == [401] * 5 + [429] * 2
    right = by_code(asked, anns_app.next_code())
    refused = elsewhere(8)("POST", "/login", right)
    assert (refused.status_code, refused.json()["code"]) == (429, "RATELIMITED_ERROR")
    assert 1 <= int(refused["Retry-After"]) <= WINDOW
    assert AuditEvent.objects.filter(kind="challenge_failed").count() == 5
    limits_clock.now += int(refused["Retry-After"])
    assert elsewhere(9)("POST", "/login", right).status_code == 201


def test_wrong_answers_of_all_types_share_one_count(anns_app: App, anns_key: Any) -> None:
    asked = challenge(elsewhere(0))
    wrong = [
        answer(asked["token"], "totp", anns_app.wrong_code()),
        answer(asked["token"], "backup", "0000000000"),
        answer(asked["token"], "webauthn", anns_key.get({"challenge": "AAAA"})),
    ]
    bodies = [*wrong, *wrong]
    answers = [elsewhere(n)("POST", "/login", body).status_code for n, body in enumerate(bodies)]
    assert answers == [401] * 5 + [429]


def test_logins_reverifications_and_enrolments_share_one_count(
    me: Login, anns_app: App, limits_clock: Clock
) -> None:
    wrong = anns_app.wrong_code()
    asked = challenge(elsewhere(0))
    for n in range(2):
        assert elsewhere(n)("POST", "/login", by_code(asked, wrong)).status_code == 401
    asked = me.api("DELETE", f"{FACTORS}/all", REVERIFIED).json()
    for _ in range(2):
        response = me.api("DELETE", f"{FACTORS}/all", by_code(asked, wrong))
        assert response.status_code == 401
    begun = enrolment.begin_totp(Actor(user=me.user))
    confirmation = {"token": begun["token"], "name": "x", "code": "000000"}
    path = f"{FACTORS}/totp/confirm"
    assert [me.api("POST", path, confirmation).status_code for _ in range(2)] == [401, 429]


def test_right_answers_do_not_count(anns_app: App) -> None:
    for n in range(8):
        api = elsewhere(n)
        assert (
            api("POST", "/login", by_code(challenge(api), anns_app.next_code())).status_code == 201
        )


def test_malformed_answers_do_not_count_as_attempts(anns_app: App, anns_key: Any) -> None:
    """They are not compared with anything, so they reveal nothing."""
    asked = challenge(elsewhere(0))
    cut = anns_key.get(asked["challenge"])
    cut["response"]["authenticatorData"] = "AAAA"
    garbled = answer(asked["token"], "webauthn", cut)
    assert [elsewhere(n)("POST", "/login", garbled).status_code for n in range(8)] == [400] * 8
    assert not AuditEvent.objects.filter(kind="challenge_failed").exists()
    right = answer(asked["token"], "webauthn", anns_key.get(asked["challenge"]))
    assert elsewhere(9)("POST", "/login", right).status_code == 201


def test_fifty_wrong_answers_per_day_are_allowed(anns_app: App, limits_clock: Clock) -> None:
    asked = challenge(elsewhere(0))
    wrong = by_code(asked, anns_app.wrong_code())
    answers: list[int] = []
    for window in range(11):
        callers = [elsewhere(window * 5 + n) for n in range(5)]
        answers += [caller("POST", "/login", wrong).status_code for caller in callers]
        limits_clock.now += WINDOW
    assert answers == [401] * 50 + [429] * 5


def test_other_users_are_not_affected(
    anns_app: App, bob: Any, enrol_app: Callable[..., App]
) -> None:
    bobs_app = enrol_app(bob)
    asked = challenge(elsewhere(0))
    for n in range(6):
        elsewhere(n)("POST", "/login", by_code(asked, anns_app.wrong_code()))
    api = elsewhere(9)
    body = by_code(challenge(api, "bob"), bobs_app.next_code())
    assert api("POST", "/login", body).status_code == 201


def test_nobody_can_lock_out_a_user_without_the_password(
    anns_app: App, me: Login, bob: Any, enrol_app: Callable[..., App]
) -> None:
    """Not with forged tokens, with their own, or with an observed session token."""
    enrol_app(bob)
    bobs = enrolment.begin_totp(Actor(user=bob))
    tokens = ["x", challenge(elsewhere(0), "bob")["token"], bobs["token"], me.token]
    for n in range(24):
        body = answer(tokens[n % 4], "totp", "000000", username="ann")
        assert elsewhere(n + 1)("POST", "/login", body).status_code in {401, 429}
        guess = {"username": "ann", "password": f"guess {n}"}
        assert elsewhere(n + 101)("POST", "/login", guess).status_code == 401
    api = elsewhere(99)
    body = by_code(challenge(api), anns_app.next_code())
    assert api("POST", "/login", body).status_code == 201
    assert UserSession.objects.owned_by(me.user).count() == 2


def test_a_stolen_session_without_the_password_cannot_lock_anybody_out(
    me: Login, anns_app: App, limits_clock: Clock
) -> None:
    for n in range(20):
        limits_clock.now += 1
        body = answer(["x", me.token][n % 2], "totp", "000000")
        assert me.api("DELETE", f"{FACTORS}/all", body).status_code == 401
    api = elsewhere(1)
    assert api("POST", "/login", by_code(challenge(api), anns_app.next_code())).status_code == 201
