"""Numbers before and since a switch was turned on, if a provider is registered."""

import logging
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from killswitches import aftermath
from killswitches.aftermath import Measured, Period, latest_period, measured
from killswitches.models import SwitchFlip
from killswitches.registry import FILE_CREATE, GLOBAL, Switch
from killswitches.services import set_switch
from tests.killswitches.pages import page_of

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.killswitches.urls")]

HOUR = timedelta(hours=1)
TITLE = "Before and since"


class Known:
    """A provider that remembers what it is asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[Switch, Period]] = []

    def measure(self, switch: Switch, period: Period) -> Sequence[Measured]:
        self.asked.append((switch, period))
        return [Measured("Uploads", 1234, None, "Whole ones.")]


class Down:
    def measure(self, switch: Switch, period: Period) -> Sequence[Measured]:
        raise ConnectionError


def period_of(*hours_ago: tuple[bool, float]) -> tuple[float, float] | None:
    """Return since and until how many hours ago a switch was on, after these flips."""
    now = timezone.now()
    flips = [SwitchFlip(enabled=on, at=now - hours * HOUR) for on, hours in hours_ago]
    period = latest_period(flips[::-1])
    return period and (round((now - period.begin) / HOUR, 3), round((now - period.end) / HOUR, 3))


def test_the_latest_period() -> None:
    assert period_of() is None
    assert period_of((True, 3)) == (3, 0)
    # A change of its end, or for whom it is on.
    assert period_of((True, 3), (True, 2), (True, 1)) == (3, 0)
    assert period_of((True, 3), (False, 1)) == (3, 1)
    assert period_of((True, 9), (False, 8), (True, 3), (True, 2), (False, 1)) == (3, 1)
    assert period_of((True, 9), (False, 8), (True, 3)) == (3, 0)
    assert period_of((True, 99), (False, 23)) == (99, 23)
    assert period_of((True, 99), (False, 24.1)) is None


def test_at_most_a_day_is_compared() -> None:
    now = timezone.now()
    assert Period(now - HOUR, now).compared == HOUR
    assert Period(now - HOUR, now).before == now - 2 * HOUR
    assert Period(now - 99 * HOUR, now).compared == 24 * HOUR


def test_the_page_shows_them(changer: Client, measure_by: Callable[..., None]) -> None:
    known = Known()
    measure_by(known)
    assert TITLE not in changer.get(page_of(FILE_CREATE)).content.decode()
    set_switch(FILE_CREATE, True, reason="fire")
    SwitchFlip.objects.update(at=timezone.now() - 45 * HOUR / 60)
    page = " ".join(changer.get(page_of(FILE_CREATE)).content.decode().split())
    assert "<td>1,234</td><td>not known</td><td>Whole ones.</td>" in page
    assert "before and after that: 45 minutes." in page
    ((switch, period),) = known.asked
    assert switch == FILE_CREATE
    assert timedelta() <= period.compared - 45 * HOUR / 60 < timedelta(minutes=1)


def test_without_a_provider_and_with_a_failing_one(
    changer: Client, measure_by: Callable[..., None], caplog: Any
) -> None:
    set_switch(GLOBAL, True, reason="fire")
    measure_by()
    assert TITLE not in changer.get(page_of(GLOBAL)).content.decode()
    measure_by(Down())
    with caplog.at_level(logging.ERROR, logger="killswitches.aftermath"):
        assert TITLE not in changer.get(page_of(GLOBAL)).content.decode()
    assert [record.exc_info[0] for record in caplog.records] == [ConnectionError]


def test_a_provider_replaces_the_previous_one(measure_by: Callable[..., None]) -> None:
    measure_by()
    aftermath.register(Down())
    aftermath.register(Known())
    now = timezone.now()
    assert [one.label for one in measured(GLOBAL, Period(now - HOUR, now))] == ["Uploads"]
    assert measured(GLOBAL, None) == []
