"""Rates that are set by ``RATES``."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings

from tests.api import Api, Login
from tests.cast import PASSWORD
from tests.sessions_api.http.dialects.spellings import V4

pytestmark = [pytest.mark.django_db, pytest.mark.ratelimited]


@pytest.fixture
def rated() -> Callable[[Mapping[str, tuple[int, int]]], override_settings]:
    return lambda rates: override_settings(SESSIONS_API=settings.SESSIONS_API | {"RATES": rates})


def guess(api: Api) -> Any:
    return api("POST", "/login", {"username": "ann", "password": "a guess"})


def test_the_configured_rate_refuses_logins(ann: Any, rated: Any) -> None:
    with rated({"LOGIN": (2, 600)}):
        answers = [guess(Api()) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [401, 401, 429]
    assert answers[0]["RateLimit-Limit"] == "2"
    assert answers[2]["RateLimit-Reason"] == "standard"


def test_equal_rates_of_two_dialects_count_a_login_once(ann: Any, rated: Any) -> None:
    with rated({"LOGIN": (3, 600), "OLDER_LOGIN": (3, 600)}):
        remaining = [guess(api)["RateLimit-Remaining"] for api in (Api(), V4.api(), Api())]
        assert remaining == ["2", "1", "0"]
        assert guess(V4.api()).status_code == 429


def test_general_and_burst(me: Login, rated: Any) -> None:
    with rated({"GENERAL": (4, 60), "BURST": (3, 60)}):
        paths = ["/users/me/sessions"] * 4 + ["/users/me/sessions/me"] * 2
        answers = [me.api("GET", path) for path in paths]
    refusals = [answer.headers.get("RateLimit-Reason") for answer in answers]
    assert refusals == [None, None, None, "burst", None, "standard"]


def test_wrong_passwords_of_a_reverification(me: Login, rated: Any) -> None:
    def answer(password: str) -> int:
        body = {"password": password}
        return int(me.api("DELETE", "/users/me/2fa/all", body).status_code)

    with rated({"WRONG_PASSWORDS": (1, 600), "BURST": (9, 1)}):
        assert [answer("a guess"), answer("a guess"), answer(PASSWORD)] == [401, 429, 429]
