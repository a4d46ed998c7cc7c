"""Requests to the API while the database is unavailable, with an override of kill switches."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import pytest
from django.db import OperationalError, connection

from killswitches.registry import ACCOUNT_LOGIN, ACCOUNT_MODIFY, GLOBAL
from tests.api import OWN_SESSIONS, Api, Login
from tests.cast import PASSWORD

ME = f"{OWN_SESSIONS}/me"

pytestmark = pytest.mark.django_db


@contextmanager
def outage() -> Iterator[None]:
    def fail(*_args: object) -> NoReturn:
        raise OperationalError("the connection is closed")

    with connection.execute_wrapper(fail):
        yield


def feature(response: Any) -> int | None:
    """Return the number of the switch in a response with 503; None if it names none."""
    assert response.status_code == 503, response.content
    number: int | None = response.json().get("feature")
    return number


def test_it_closes_the_endpoints_of_named_switches(me: Login, boss: Login, settings: Any) -> None:
    settings.KILLSWITCHES = {"OVERRIDE": ["ACCOUNT_MODIFY"]}
    with outage():
        for caller in (me, boss):
            assert feature(caller.api("DELETE", ME)) == ACCOUNT_MODIFY.number
            assert feature(caller.api("GET", ME)) is None
    assert me.api("GET", ME).status_code == 200


def test_it_closes_the_login(api: Api, settings: Any) -> None:
    body = {"uid": "ann", "password": PASSWORD}
    settings.KILLSWITCHES = {"OVERRIDE": ["ACCOUNT_LOGIN"]}
    with outage():
        assert feature(api("POST", "/login", body)) == ACCOUNT_LOGIN.number
    settings.KILLSWITCHES = {}
    with outage():
        assert feature(api("POST", "/login", body)) is None


def test_global_closes_everything_except_unknown_paths(me: Login, api: Api, settings: Any) -> None:
    settings.KILLSWITCHES = {"OVERRIDE": ["GLOBAL"]}
    with outage():
        assert feature(me.api("GET", ME)) == GLOBAL.number
        assert feature(me.api("GET", "/no-such")) is None
        assert api("GET", "/no-such").status_code == 404
