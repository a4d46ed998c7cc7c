"""Times as people say them, and where the console shows them."""

from datetime import timedelta

import pytest
from django.utils import timezone

from killswitches.relative_times import ago, recent_time, since_time, spoken_time
from killswitches.times import full_time, plain_time


@pytest.mark.parametrize(
    ("age", "text"),
    [
        (timedelta(seconds=59), "just now"),
        (timedelta(minutes=1, seconds=30), "1 minute ago"),
        (timedelta(minutes=59, seconds=30), "59 minutes ago"),
        (timedelta(hours=23, minutes=30), "23 hours ago"),
        (timedelta(days=30), "30 days ago"),
        (timedelta(days=75), "2 months ago"),
        (timedelta(days=400), "1 year ago"),
    ],
)
def test_spoken_times_are_rounded_down(age: timedelta, text: str) -> None:
    moment = timezone.now() - age
    spoken = spoken_time(moment)
    assert f">{text}</time>" in spoken
    assert f'title="{plain_time(moment)}"' in spoken


@pytest.mark.parametrize("hours", [0.5, 23.5])
def test_recent_times_are_spoken(hours: float) -> None:
    moment = timezone.now() - timedelta(hours=hours)
    assert recent_time(moment) == spoken_time(moment)


@pytest.mark.parametrize("hours", [24.5, -1])
def test_other_times_are_exact(hours: float) -> None:
    moment = timezone.now() - timedelta(hours=hours)
    assert recent_time(moment) == full_time(moment)


def test_none_is_empty() -> None:
    assert recent_time(None) == since_time(None) == ""


def test_what_has_lasted_long_has_its_time_and_its_age() -> None:
    now = timezone.now()
    for moment in (now - timedelta(hours=23.5), now + timedelta(hours=1)):
        assert since_time(moment) == recent_time(moment)
    for moment in (now - timedelta(days=1, hours=1), now - timedelta(days=75)):
        assert since_time(moment) == f"{full_time(moment)} ({ago(moment)})"
