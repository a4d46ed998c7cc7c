"""The history of flips in the Django admin."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from killswitches.models import SwitchFlip
from killswitches.periods import period_text
from killswitches.registry import ACCOUNT_LOGIN, GLOBAL
from killswitches.services import LAPSED, set_switch
from tests.killswitches.flips import lapse
from tests.killswitches.pages import FLIPS

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.killswitches.urls")]


def test_history_is_read_only(admin_client: Client) -> None:
    set_switch(GLOBAL, True, actor_name="bob", reason="fire")
    flip = SwitchFlip.objects.get()
    url = f"{FLIPS}{flip.pk}/"
    assert admin_client.get(f"{url}change/").status_code == 200
    assert admin_client.post(f"{url}change/", {"reason": "edited"}).status_code == 403
    assert admin_client.post(f"{url}delete/", {"post": "yes"}).status_code == 403
    assert SwitchFlip.objects.get().reason == "fire"


def test_history_is_filtered_by_switch(admin_client: Client) -> None:
    set_switch(GLOBAL, True, reason="fire")
    set_switch(ACCOUNT_LOGIN, True, reason="guessing")

    def listed(query: str) -> list[str]:
        return [flip.reason for flip in admin_client.get(FLIPS + query).context["cl"].result_list]

    assert listed("") == ["guessing", "fire"]
    assert listed("?switch=GLOBAL") == ["fire"]
    assert listed("?switch=NONSENSE") == []
    assert listed("?q=gues") == ["guessing"]


def test_a_lapse_is_listed_at_its_time(admin_client: Client) -> None:
    set_switch(ACCOUNT_LOGIN, True, reason="guessing")
    lapse(GLOBAL, timezone.now() - timedelta(hours=1), reason="fire")
    flips = admin_client.get(FLIPS).context["cl"].result_list
    assert [flip.reason for flip in flips] == ["fire", "guessing", LAPSED]


def test_history_shows_the_end(admin_client: Client) -> None:
    SwitchFlip.objects.create(
        number=8, enabled=True, at=timezone.now(), until=datetime(2031, 2, 3, 4, 5, tzinfo=UTC)
    )
    assert "2031-02-03 04:05:00 UTC" in admin_client.get(FLIPS).content.decode()


def test_an_undeclared_switch_keeps_its_history(admin_client: Client) -> None:
    SwitchFlip.objects.create(number=40, enabled=True, at="2026-01-02T03:04:05Z")
    assert "unregistered switch 40" in admin_client.get(FLIPS).content.decode()


BEGIN, END = datetime(2026, 11, 18, 14, tzinfo=UTC), datetime(2026, 11, 18, 15, tzinfo=UTC)
HOUR = f"?between={period_text(BEGIN, END)}"


def flipped(number: int, minutes: int, enabled: bool, reason: str, until: int = 0) -> None:
    """Create a flip some minutes after the hour began, with an end as many minutes after it."""
    SwitchFlip.objects.create(
        number=number,
        enabled=enabled,
        at=BEGIN + timedelta(minutes=minutes),
        until=BEGIN + timedelta(minutes=until) if until else None,
        reason=reason,
    )


def test_history_is_filtered_by_the_time_in_effect(admin_client: Client) -> None:
    flipped(1, -90, True, "replaced before")
    flipped(1, -30, True, "on since before")
    flipped(1, 60, False, "off afterwards")
    flipped(2, -30, True, "off at once")
    flipped(2, 0, False, "off since then")
    flipped(3, 10, True, "on for a while")
    flipped(3, 20, False, "off again")
    flipped(4, -30, True, "lapsed before", until=-10)
    flipped(5, -30, True, "lapsed within", until=10)
    flipped(6, 60, True, "on afterwards")

    def listed(query: str) -> set[str]:
        return {flip.reason for flip in admin_client.get(FLIPS + query).context["cl"].result_list}

    on = {"on since before", "on for a while", "lapsed within"}
    assert listed(f"{HOUR}&enabled__exact=1") == on
    assert listed(HOUR) == {*on, "off since then", "off again"}
    assert listed("?between=NONSENSE") == set()
    assert "2026-11-18 14:00:00 UTC to 2026-11-18 15:00:00 UTC" in (
        admin_client.get(FLIPS + HOUR).content.decode()
    )


def test_the_filter_takes_no_further_query(admin_client: Client) -> None:
    flipped(1, 10, True, "fire")

    def queries(url: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert len(admin_client.get(url).context["cl"].result_list) == 1
        return len(captured)

    queries(FLIPS)
    assert queries(FLIPS + HOUR) == queries(FLIPS)
