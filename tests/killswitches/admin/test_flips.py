"""The history of flips in the Django admin."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from killswitches.models import SwitchFlip
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
