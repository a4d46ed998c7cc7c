"""The project's flags of OpenFeature: off unless configured, limited without a token."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.urls import include, path

from cumulonimbus.openfeature import EVALUATIONS
from killswitches.registry import GLOBAL
from killswitches.testing import switched_on
from tests.cumulonimbus.processes import setting
from tests.rate_clock import Clock

ALL = "/ofrep/v1/evaluate/flags"
TOKEN = "0123456789abcdef0123456789abcdef"

urlpatterns = [path("", include("cumulonimbus.openfeature"))]

here = pytest.mark.urls(__name__)


def ask(**headers: str) -> Any:
    return Client().post(ALL, "{}", "application/json", headers=headers)


@pytest.fixture
def _public(settings: Any) -> None:
    settings.KILLSWITCHES = {"OFREP_PUBLIC": True, "OFREP_TOKENS": [TOKEN]}


@pytest.mark.django_db
def test_there_are_no_flags_by_default() -> None:
    assert ask().status_code == 404


def test_the_environment_opens_them(production: dict[str, str]) -> None:
    read = "[s.KILLSWITCHES['OFREP_TOKENS'], s.KILLSWITCHES['OFREP_PUBLIC']]"
    assert setting(read, **production) == [[], False]
    given = {"OFREP_TOKENS": f"{TOKEN}, other", "OFREP_PUBLIC": "on"}
    assert setting(read, **production, **given) == [[TOKEN, "other"], True]


@here
@pytest.mark.django_db
@pytest.mark.usefixtures("_public")
def test_evaluations_without_a_token_are_limited(settings: Any, limits_clock: Clock) -> None:
    settings.SESSIONS_API = settings.SESSIONS_API | {
        "RATELIMIT_ENABLE": True,
        "RATES": {EVALUATIONS.name: (2, 60)},
    }
    assert [ask().status_code for _ in range(2)] == [200, 200]
    refused = ask()
    assert refused.status_code == 429
    assert refused.json() == {"errorDetails": "Too many evaluations."}
    assert int(refused["Retry-After"]) > 0
    assert ask(**{"X-API-Key": "wrong"}).status_code == 429
    assert ask(**{"X-API-Key": TOKEN}).status_code == 200


@here
@pytest.mark.django_db
@pytest.mark.usefixtures("_public")
def test_flags_are_read_under_global() -> None:
    with switched_on(GLOBAL):
        flags = {flag["key"]: flag["value"] for flag in ask().json()["flags"]}
    assert flags["GLOBAL"] is True


def failing(error: Exception) -> Callable[..., object]:
    def fail(*args: object) -> object:
        raise error

    return fail


@here
@pytest.mark.django_db
@pytest.mark.usefixtures("_public")
@pytest.mark.parametrize("headers", [{}, {"X-API-Key": TOKEN}], ids=str)
def test_without_the_database_they_are_unavailable(headers: dict[str, str]) -> None:
    with connection.execute_wrapper(failing(OperationalError("the connection is closed"))):
        response = ask(**headers)
    assert response.status_code == 503
    assert response["Retry-After"]
    assert json.loads(response.content) == {"errorDetails": "The database is unavailable."}


@here
@pytest.mark.django_db
@pytest.mark.usefixtures("_public")
def test_other_errors_are_not_hidden() -> None:
    with connection.execute_wrapper(failing(ZeroDivisionError())), pytest.raises(ZeroDivisionError):
        ask()
