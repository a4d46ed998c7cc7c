"""The checks of lifetimes and limits."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.core.checks import run_checks
from django.test import override_settings

MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)


def found(**changes: Any) -> list[str | None]:
    with override_settings(SESSIONS_API=settings.SESSIONS_API | changes):
        return [problem.id for problem in run_checks(tags=["sessions_api"])]


@pytest.mark.parametrize(
    "name",
    ["IDLE_TIMEOUT", "SCOPED_IDLE_TIMEOUT", "ABSOLUTE_LIFETIME", "SCOPED_ABSOLUTE_LIFETIME"],
)
@pytest.mark.parametrize(
    ("value", "is_wrong"),
    [
        (None, False),
        (MINUTE, False),
        (timedelta(days=36_525), False),
        (MINUTE - SECOND, True),
        (timedelta(0), True),
        (timedelta.max, True),
    ],
)
def test_durations_of_less_than_a_minute(name: str, value: Any, is_wrong: bool) -> None:
    assert found(**{name: value}) == ["sessions_api.E011"] * is_wrong


@pytest.mark.parametrize("name", ["SESSIONS_PER_USER", "SCOPED_SESSIONS_PER_USER"])
@pytest.mark.parametrize(
    ("value", "is_wrong"),
    [(None, False), (1, False), (10**9 - 1, False), (0, True), (-1, True), (10**9, True)],
)
def test_caps_out_of_range(name: str, value: Any, is_wrong: bool) -> None:
    assert found(**{name: value}) == ["sessions_api.E011"] * is_wrong


def test_fewer_proxies_than_none() -> None:
    assert found(TRUSTED_PROXIES=-1) == ["sessions_api.E011"]


@pytest.mark.parametrize(
    ("lifetimes", "ids"),
    [
        ({"v5": {"login": MINUTE, "long_lived": MINUTE}, "v3": {}}, []),
        ({"v5": {"login": SECOND}}, ["sessions_api.E011"]),
        ({"v5": {"longLived": MINUTE}}, ["sessions_api.E012"]),
        ({"v6": {"login": MINUTE}}, ["sessions_api.W013"]),
        ({"v5": MINUTE}, ["sessions_api.E002"]),
        ({"v5": {"login": 3600}}, ["sessions_api.E002"]),
        ([("v5", {})], ["sessions_api.E002"]),
    ],
)
def test_lifetimes(lifetimes: Any, ids: list[str]) -> None:
    assert found(LIFETIMES=lifetimes) == ids


@pytest.mark.parametrize(
    ("rates", "ids"),
    [
        ({"LOGIN": (10, 300), "BURST": [1, 1]}, []),
        ({"LOGINS": (10, 300)}, ["sessions_api.E013"]),
        ({"LOGIN": (0, 300)}, ["sessions_api.E013"]),
        ({"LOGIN": (10,)}, ["sessions_api.E013"]),
        # Redis can neither count so far nor keep a count for so long.
        ({"LOGIN": (10**9, 300)}, ["sessions_api.E013"]),
        ({"LOGIN": (10, 10**9)}, ["sessions_api.E013"]),
        ({"LOGIN": (10**9 - 1, 10**9 - 1)}, []),
        ({"LOGIN": "10/5m"}, ["sessions_api.E002"]),
        ({"LOGIN": (True, 300)}, ["sessions_api.E002"]),
    ],
)
def test_rates(rates: Any, ids: list[str]) -> None:
    assert found(RATES=rates) == ids


def test_a_wrong_type_is_reported_once() -> None:
    assert found(IDLE_TIMEOUT=1800) == ["sessions_api.E002"]
