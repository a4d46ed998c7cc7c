"""Tests of the host, with the helpers of the apps."""

from datetime import UTC, datetime, timedelta

from club.models import Member
from club.switches import EXPORTS

from killswitches.testing import switched_on
from sessions_api.callers.clients import Client
from sessions_api.scopes import Scope
from sessions_api.testing import Clock, SessionClient, frozen_clock, log_in, rates_off, rates_on

pytest_plugins = ["sessions_api.pytest_plugin"]


def test_files(member: Member, api_client: SessionClient, sessions_clock: Clock) -> None:
    assert api_client.get("/files").status_code == 401
    client = log_in(member, scopes=Scope.FILE_READ | Scope.FILE_MODIFY)
    with switched_on(EXPORTS):
        assert client.get("/files").status_code == 503
    sessions_clock.now = client.user_session.expires_at
    assert client.get("/files").status_code == 401


def test_tokens(member: Member) -> None:
    client = log_in(
        member, client=Client("198.51.100.7", ""), lifetime=timedelta(hours=1), name="x"
    )
    token: str = client.token
    assert log_in(member, by_cookie=True).get("/cookie").status_code == 200
    client.force_login(member)
    assert client.token != token


@rates_on()
def test_limits(member: Member) -> None:
    with frozen_clock(datetime(2030, 1, 1, tzinfo=UTC)) as clock:
        client = log_in(member)
        clock.advance(timedelta(minutes=1))
        with rates_off():
            assert client.get("/auth/users/me/sessions").status_code == 200
