"""Faults of the original services, numbered as in the contract."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from killswitches.gate import enabled_mask
from sessions_api.models import UserSession
from sessions_api.tokens.sessions import KeyRingBackend
from tests.api import Api
from tests.cast import PASSWORD
from tests.rate_clock import Clock

pytestmark = pytest.mark.django_db

ME = "/users/me/sessions/me"


def test_2_a_challenge_token_with_the_id_of_an_active_session_is_refused(
    ann: Any, log_in: Any
) -> None:
    login = log_in(ann)
    claims = KeyRingBackend().decode(login.token)
    challenge = KeyRingBackend().encode(claims | {"token_type": "challenge"})
    assert login.api("GET", ME, token=challenge).status_code == 401


def test_3_a_ban_stops_old_tokens_and_new_logins(api: Api, ann: Any, log_in: Any) -> None:
    login = log_in(ann)
    ann.is_active = False
    ann.save()
    assert login.api("GET", ME).status_code == 403
    assert api("POST", "/login", {"username": "ann", "password": PASSWORD}).status_code == 403


def test_4_two_users_log_in_within_one_second(ann: Any, bob: Any, log_in: Any) -> None:
    now = datetime.now(UTC)
    first, second = log_in(ann, now=now), log_in(bob, now=now)
    assert first.session.sid == second.session.sid
    for login in (first, second):
        assert login.api("GET", ME).json()["id"] == first.session.sid


@pytest.mark.ratelimited
def test_5_wrong_passwords_count_and_a_forged_header_does_not_help(
    api: Api, ann: Any, limits_clock: Clock
) -> None:
    answers = [
        api(
            "POST",
            "/login",
            {"username": "ann", "password": str(n)},
            HTTP_X_FORWARDED_FOR=f"203.0.113.{n}",
        ).status_code
        for n in range(6)
    ]
    assert answers == [401] * 4 + [429] * 2


def test_6_all_is_not_an_id(ann: Any, log_in: Any) -> None:
    log_in(ann)
    response = log_in(ann).api("DELETE", "/users/me/sessions/all")
    assert (response.status_code, response.json()["count"]) == (200, 1)


def test_7_expired_sessions_are_not_found(ann: Any, log_in: Any) -> None:
    expired = log_in(ann, now=datetime.now(UTC) - timedelta(days=2))
    api = log_in(ann).api
    assert api("GET", "/users/me/sessions").json()["count"] == 1
    assert api("GET", f"/users/me/sessions/{expired.session.sid}").status_code == 404
    assert expired.api("GET", ME).status_code == 401


def test_8_former_server_errors(staff: Any, log_in: Any, api: Api) -> None:
    login = log_in(staff)
    login.api.user_agent = None
    assert login.api("GET", ME).status_code == 200
    assert api("POST", "/login", b"").status_code == 400
    assert api("POST", "/login", {"username": "sam"}).status_code == 400
    long_name = {"HTTP_X_SESSION_NAME": "x" * 300}
    body = {"username": "sam", "password": PASSWORD}
    assert api("POST", "/login", body, **long_name).status_code == 201
    assert login.api("GET", f"/users/me/sessions?offset={10**30}").status_code == 200
    response = login.api("PUT", "/killswitches/77", {"password": PASSWORD})
    assert response.status_code == 404


def test_9_a_blank_switch_id_and_a_false_that_counted_as_true(staff: Any, log_in: Any) -> None:
    login = log_in(staff)
    assert login.api("PUT", "/killswitches/%20", {"password": PASSWORD}).status_code == 404
    assert enabled_mask() == 0
    login.api("DELETE", "/users/me/sessions/all?include-self=false")
    assert login.api("GET", ME).status_code == 200


@pytest.mark.parametrize("password", [f" {PASSWORD}", f"{PASSWORD} "])
def test_10_passwords_are_never_trimmed(api: Api, make_user: Any, password: str) -> None:
    user = make_user("dave")
    user.set_password(password)
    user.save()
    answers = [
        api("POST", "/login", {"username": "dave", "password": typed}).status_code
        for typed in (password, PASSWORD)
    ]
    assert answers == [201, 401]


def test_11_requests_write_nothing_and_parse_no_user_agent(
    ann: Any, log_in: Any, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any
) -> None:
    login = log_in(ann)
    login.api("GET", ME)
    monkeypatch.setattr("ua_parser.parse", pytest.fail)
    row = UserSession.objects.values().get()
    with django_assert_num_queries(1):
        assert login.api("GET", ME, HTTP_USER_AGENT="unknown/1.0").status_code == 200
    assert UserSession.objects.values().get() == row
