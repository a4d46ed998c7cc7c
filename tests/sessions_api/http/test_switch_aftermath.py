"""Numbers before and since a kill switch was turned on."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.db import OperationalError, connection
from django.test import override_settings
from django.utils import timezone

from killswitches.aftermath import Period
from killswitches.registry import ACCOUNT_LOGIN, ACCOUNT_MODIFY, GLOBAL, Switch
from killswitches.testing import switched_on
from sessions_api import statistics
from sessions_api.http.switch_aftermath import SwitchAftermath
from sessions_api.models import AuditEvent
from sessions_api.testing import Clock, frozen_clock
from tests.api import Api
from tests.caches import DOWN

pytestmark = pytest.mark.django_db

#: The beginning of a minute, and of an hour.
NOON = datetime(2031, 2, 3, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
REFUSED, LOGINS, FAILED, CALLERS = range(4)

Number = int | None


@pytest.fixture(autouse=True)
def clock() -> Iterator[Clock]:
    with frozen_clock(NOON) as clock:
        yield clock


def numbers(switch: Switch, minutes: float, until: float = 0) -> list[tuple[Number, Number]]:
    """Return the numbers before and since a switch was turned on.

    :param minutes: how long ago.
    :param until: how long ago it was turned off.
    """
    now = timezone.now()
    period = Period(now - minutes * MINUTE, now - until * MINUTE)
    return [(one.before, one.since) for one in SwitchAftermath().measure(switch, period)]


def test_responses_by_this_switch_are_counted(api: Api, clock: Clock) -> None:
    flipped = 0.0
    with switched_on(ACCOUNT_LOGIN):
        for _ in range(3):
            assert api("POST", "/login", {}).status_code == 503
            clock.advance(10 * MINUTE)
            flipped += 10
    with switched_on(GLOBAL):
        assert api("POST", "/login", {}).status_code == 503
    assert numbers(ACCOUNT_LOGIN, flipped)[REFUSED] == (0, 3)
    # As if it had been turned on later.
    assert numbers(ACCOUNT_LOGIN, 15)[REFUSED] == (2, 1)
    assert numbers(GLOBAL, 15)[REFUSED] == (0, 1)
    assert numbers(ACCOUNT_MODIFY, 30)[REFUSED] == (0, 0)


def test_other_refusals_do_not_count(api: Api, clock: Clock) -> None:
    statistics.record("login", 503, network="192.0.2.1")
    clock.advance(MINUTE)
    assert numbers(ACCOUNT_LOGIN, 5)[REFUSED] == (0, 0)


def test_logins_are_those_of_the_audit_log() -> None:
    for kind, minutes in (
        (AuditEvent.Kind.LOGIN, 41),  # before what is compared
        (AuditEvent.Kind.LOGIN, 39),
        (AuditEvent.Kind.LOGIN, 21),
        (AuditEvent.Kind.LOGIN, 20),
        (AuditEvent.Kind.LOGIN_FAILED, 30),
        (AuditEvent.Kind.LOGIN_FAILED, 10),
        (AuditEvent.Kind.LOGIN_FAILED, 5),
        (AuditEvent.Kind.BANNED, 5),
    ):
        AuditEvent.objects.create(kind=kind, at=timezone.now() - minutes * MINUTE)
    assert numbers(GLOBAL, 20)[LOGINS : FAILED + 1] == [(2, 1), (1, 2)]
    # It was off again after eight minutes.
    assert numbers(GLOBAL, 28, until=20)[LOGINS : FAILED + 1] == [(0, 1), (1, 0)]


def test_callers_are_distinct(clock: Clock) -> None:
    name = "sessions_api.http.dialects.v5.viewsets.LoginViewSet.create"
    for user in (1, 1, 2):
        statistics.record(name, 200, user=user)
    statistics.record("another", 200, user=9)
    clock.advance(MINUTE)
    # In the minute of the flip.
    statistics.record(name, 200, user=4)
    clock.advance(2 * MINUTE)
    statistics.record(name, 503, network="192.0.2.1")
    statistics.record(name, 503, user=3)
    clock.advance(2 * MINUTE)
    # Three whole minutes after the one of the flip, and three before it.
    assert numbers(ACCOUNT_LOGIN, 4)[CALLERS] == (2, 2)
    assert numbers(ACCOUNT_LOGIN, 0.5)[CALLERS] == (None, None)


def test_what_is_not_kept_any_longer_is_not_known(clock: Clock) -> None:
    day = 24 * 60
    assert numbers(ACCOUNT_LOGIN, 20)[CALLERS] == (None, None)
    assert numbers(ACCOUNT_LOGIN, 19)[CALLERS] == (None, None)
    assert numbers(ACCOUNT_LOGIN, 18)[CALLERS] == (0, 0)
    assert numbers(ACCOUNT_LOGIN, day)[REFUSED] == (0, 0)
    assert numbers(ACCOUNT_LOGIN, 1.5 * day)[REFUSED] == (None, 0)
    assert numbers(ACCOUNT_LOGIN, 3 * day)[REFUSED] == (None, None)
    assert numbers(ACCOUNT_LOGIN, 3 * day)[LOGINS] == (0, 0)


def test_without_the_cache_the_logins_remain() -> None:
    with override_settings(CACHES=settings.CACHES | {"default": DOWN}):
        assert numbers(GLOBAL, 10) == [(None, None), (0, 0), (0, 0), (None, None)]


def test_if_the_audit_log_takes_too_long_the_others_remain() -> None:
    def fail(*_: object) -> None:
        raise OperationalError("canceling statement due to statement timeout")

    with connection.execute_wrapper(fail):
        found = SwitchAftermath().measure(GLOBAL, Period(NOON - 10 * MINUTE, NOON))
    assert [(one.before, one.since) for one in found] == [
        (0, 0),
        (None, None),
        (None, None),
        (0, 0),
    ]
