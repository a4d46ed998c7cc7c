"""Passwords and codes that cannot be checked during a database outage do not count as attempts.

Otherwise, users who retry during the outage would be locked out after it. A wrong password or code
counts even if it cannot be recorded.
"""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client as Browser

from sessions_api.callers.clients import Client
from sessions_api.exceptions import RateLimited, SecondFactorChallengeRequired
from sessions_api.ratelimits import rates
from sessions_api.second_factors.services import enrolment
from sessions_api.second_factors.services.challenges import require_challenge, verify_challenge
from sessions_api.services import reverification
from sessions_api.services.audit import Actor
from tests.adapters import SCRIPTED, Scripted
from tests.admin_paths import LOGIN
from tests.cast import PASSWORD
from tests.rate_clock import Clock
from tests.sessions_api.second_factors.challenges import by_code
from tests.sessions_api.second_factors.totp import App

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.ratelimited]

AUDIT, SPENT, USERS = "sessions_api_auditevent", "second_factors_spenttoken", "cumulonimbus_user"
#: The number of attempts that each of the limits allows.
LIMIT = 5


@pytest.fixture(autouse=True)
def clock(limits_clock: Clock) -> Clock:
    assert {rates.WRONG_PASSWORDS.limit, rates.WRONG_ANSWERS.limit} == {LIMIT}
    assert rates.ADMIN_LOGIN.limit < LIMIT
    return limits_clock


def try_without(table: str, attempt: Callable[[], Any]) -> list[Any]:
    """Make attempts while all statements on a table fail, and return the results."""

    def run(execute: Any, statement: str, *rest: Any) -> Any:
        if table in statement:
            raise OperationalError("the connection is closed")
        return execute(statement, *rest)

    with connection.execute_wrapper(run):
        return [attempt() for _ in range(LIMIT)]


def fail(attempt: Callable[[], Any]) -> Callable[[], None]:
    """Return a function that makes an attempt and requires it to fail because of the outage."""

    def run() -> None:
        with pytest.raises(OperationalError):
            attempt()

    return run


class TestTheAdminsLogin:
    @staticmethod
    def status(password: str = PASSWORD) -> int:
        form = {"username": "sam", "password": password}
        return Browser().post(LOGIN, form).status_code

    def test_not_judged(self, staff: Any) -> None:
        assert try_without(USERS, self.status) == [503] * LIMIT
        assert self.status() == 302

    def test_wrong(self, staff: Any) -> None:
        statuses = try_without(AUDIT, lambda: self.status("guess"))
        assert statuses == [503] * (LIMIT - 1) + [429]


class TestReverification:
    def test_not_judged(self, ann: Any, settings: Any) -> None:
        def check(*_: object, **__: object) -> None:
            raise OperationalError

        def attempt() -> None:
            reverification.reverify(Actor(user=ann), PASSWORD, purpose="a purpose")

        settings.SESSIONS_API = settings.SESSIONS_API | {"ADAPTER": SCRIPTED}
        with Scripted.scripted(authenticate=check):
            for _ in range(LIMIT):
                fail(attempt)()
        attempt()

    def test_wrong(self, ann: Any) -> None:
        def attempt() -> None:
            reverification.reverify(Actor(user=ann), "guess", purpose="a purpose")

        try_without(AUDIT, fail(attempt))
        with pytest.raises(RateLimited):
            attempt()


class TestAnswers:
    @pytest.fixture
    def asked(self, ann: Any, anns_app: App) -> dict[str, Any]:
        with pytest.raises(SecondFactorChallengeRequired) as challenge:
            require_challenge(ann, purpose="a purpose")
        return challenge.value.data

    @staticmethod
    def verify(asked: dict[str, Any], code: str) -> None:
        body = by_code(asked, code)["2fa"]
        verify_challenge(body, purpose="a purpose", client=Client(address=None, user_agent=""))

    def test_not_judged(self, asked: dict[str, Any], anns_app: App) -> None:
        code = anns_app.next_code()
        try_without(SPENT, fail(lambda: self.verify(asked, code)))
        self.verify(asked, code)

    def test_wrong(self, asked: dict[str, Any], anns_app: App) -> None:
        try_without(AUDIT, fail(lambda: self.verify(asked, anns_app.wrong_code())))
        with pytest.raises(RateLimited):
            self.verify(asked, anns_app.next_code())


def test_enrolments_not_judged(ann: Any, totp_clock: Any) -> None:
    begun = enrolment.begin_totp(Actor(user=ann))
    code = App(begun["secret"], totp_clock).code()

    def confirm() -> None:
        enrolment.confirm_totp(Actor(user=ann), token=begun["token"], name="Phone", code=code)

    try_without(SPENT, fail(confirm))
    confirm()
