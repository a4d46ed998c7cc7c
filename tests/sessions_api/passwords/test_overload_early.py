"""With a full hashing queue, requests with passwords are refused before further work is done."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from killswitches.registry import ACCOUNT_LOGIN, ACCOUNT_MODIFY
from killswitches.testing import switched_on
from sessions_api import statistics
from sessions_api.http.dialects.v5.viewsets import LoginViewSet
from sessions_api.http.viewsets.base import LONGEST_ANSWER
from sessions_api.scopes import Scope
from sessions_api.statistics import HOUR
from sessions_api.testing import frozen_clock
from tests.api import Api, Login
from tests.cast import PASSWORD
from tests.sessions_api.http.dialects.spellings import WITH_LOGIN, Dialect
from tests.sessions_api.passwords.overload import full_queue
from tests.sessions_api.second_factors.challenges import by_code
from tests.sessions_api.second_factors.totp import App

pytestmark = pytest.mark.django_db

LOGIN = {"username": "ann", "password": PASSWORD}
FLIP = ("PUT", "/killswitches/0")


@pytest.fixture
def nothing_charged(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    charged: list[Any] = []
    for module in ("http.gate", "services.reverification"):
        monkeypatch.setattr(f"sessions_api.{module}.reserve", charged.append)
    yield
    assert charged == []


@pytest.mark.usefixtures("nothing_charged")
class TestCosts:
    """Only switches and permissions are checked first."""

    @pytest.mark.parametrize("dialect", WITH_LOGIN, ids=str)
    def test_of_a_login(
        self, dialect: Dialect, ann: Any, django_assert_num_queries: Callable[..., Any]
    ) -> None:
        with full_queue(), django_assert_num_queries(1) as asked:
            assert dialect.log_in(dialect.api()).status_code == 503
        assert "killswitches_killswitch" in asked.captured_queries[0]["sql"]

    def test_of_a_reverification(
        self, boss: Login, django_assert_num_queries: Callable[..., Any]
    ) -> None:
        with full_queue():
            boss.api(*FLIP)  # records the last use
            with django_assert_num_queries(3):
                assert boss.api(*FLIP, {"password": PASSWORD}).status_code == 503


class TestWithoutHashing:
    @pytest.mark.parametrize("dialect", WITH_LOGIN, ids=str)
    def test_a_login_with_a_second_factor(
        self, dialect: Dialect, ann: Any, enrol_app: Callable[..., App]
    ) -> None:
        app = enrol_app(ann)
        asked = dialect.log_in(dialect.api()).json()
        with full_queue():
            body = by_code(asked, app.next_code())
            assert dialect.api()("POST", dialect.login_path, body).status_code == 201

    def test_a_reverification_by_a_second_factor(
        self, boss: Login, enrol_app: Callable[..., App]
    ) -> None:
        app = enrol_app(boss.user)
        asked = boss.api(*FLIP, {"password": PASSWORD}).json()
        with full_queue():
            assert boss.api(*FLIP, by_code(asked, app.next_code())).status_code == 200

    def test_a_scoped_session(self, staff: Any, log_in: Callable[..., Login]) -> None:
        flags = int(Scope.STAFF_MODIFY_KILLSWITCHES)
        with full_queue():
            assert log_in(staff, permission_flags=flags).api(*FLIP).status_code == 200


def test_a_long_body_of_a_refused_request_is_not_parsed(api: Api) -> None:
    with full_queue():
        for size, status in ((100, 401), (LONGEST_ANSWER, 503)):
            body = {"2fa": {"token": "x", "type": "totp", "code": "1"}, "more": "x" * size}
            assert api("POST", "/login", body).status_code == status


class TestOrder:
    def test_a_switch_is_checked_first(self, api: Api, me: Login) -> None:
        with full_queue(), switched_on(ACCOUNT_LOGIN, ACCOUNT_MODIFY):
            login = api("POST", "/login", LOGIN)
            own = me.api("POST", "/users/me/2fa/totp", {"password": PASSWORD})
        assert (login.status_code, login.json()["feature"]) == (503, ACCOUNT_LOGIN.number)
        assert (own.status_code, own.json()["feature"]) == (503, ACCOUNT_MODIFY.number)

    def test_missing_permissions_are_checked_first(self, me: Login) -> None:
        with full_queue():
            assert me.api(*FLIP, {"password": PASSWORD}).status_code == 403
            assert me.api("POST", "/login", LOGIN).status_code == 401

    @pytest.mark.parametrize("body", ["{", "[]", "", b"\xff", '"2fa"'])
    def test_an_invalid_body_is_reported_later(self, api: Api, body: Any) -> None:
        with full_queue():
            assert api("POST", "/login", body).status_code == 503


def test_it_is_counted_in_the_statistics(api: Api, ann: Any) -> None:
    hour = 500_000
    with full_queue(), frozen_clock(datetime.fromtimestamp(hour * HOUR, UTC)):
        api("POST", "/login", LOGIN)
        assert statistics.traffic({LoginViewSet.endpoint_name("create")}, minutes=1).requests == 1
    assert statistics.refusals([hour]) == {(hour, 503): 1}
