"""Flips with conditions: what is stored, recorded and sent."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from killswitches.conditions.conditions import EVERYBODY, Conditions
from killswitches.models import KillSwitch, SwitchFlip
from killswitches.registry import GLOBAL, registry
from killswitches.services import set_switch, states, turn_all_off
from tests.killswitches.flips import Received, lapse

pytestmark = pytest.mark.django_db

HALF = Conditions(share=50)
V5 = Conditions(dialect="v5")


def conditions() -> Conditions:
    return states()[GLOBAL.number].conditions


def test_a_change_of_the_conditions_is_a_flip(received: Received) -> None:
    assert set_switch(GLOBAL, True, conditions=HALF, reason="half")
    assert not set_switch(GLOBAL, True, conditions=HALF, reason="again")
    assert set_switch(GLOBAL, True, conditions=V5, reason="v5")
    assert set_switch(GLOBAL, True, conditions=EVERYBODY, reason="all")
    assert [call["conditions"] for call in received] == [HALF, V5, EVERYBODY]
    flips = SwitchFlip.objects.order_by("id")
    assert [(one.reason, one.conditions) for one in flips] == [
        ("half", HALF),
        ("v5", V5),
        ("all", EVERYBODY),
    ]


def test_conditions_are_kept_when_it_is_turned_off_and_on_again() -> None:
    set_switch(GLOBAL, True, conditions=HALF)
    assert turn_all_off() == [GLOBAL]
    assert conditions() == HALF
    set_switch(GLOBAL, True, until=timezone.now() + timedelta(hours=1))
    assert conditions() == HALF
    lapse(GLOBAL, timezone.now() - timedelta(minutes=1))
    assert (states()[GLOBAL.number].enabled, conditions()) == (False, HALF)
    off = SwitchFlip.objects.first()
    assert off is not None
    assert (off.conditions, off.only_for) == (HALF, [])


def test_turning_off_takes_no_conditions() -> None:
    with pytest.raises(ValueError, match="conditions"):
        set_switch(GLOBAL, False, conditions=EVERYBODY)


def test_conditions_of_a_newer_version_are_kept_by_those_who_do_not_change_them() -> None:
    newer = '{"planet": "Mars"}'
    KillSwitch.objects.create(number=GLOBAL.number, enabled=True, stored_conditions=newer)
    set_switch(GLOBAL, False)
    assert KillSwitch.objects.get().stored_conditions == newer
    set_switch(GLOBAL, True, conditions=EVERYBODY)
    assert KillSwitch.objects.get().stored_conditions == ""


def test_the_former_release_writes_rows_without_conditions(django_db_blocker: Any) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO killswitches_killswitch (number, enabled, changed_by_name, reason) "
            "VALUES (8, true, '', '')"
        )
    assert len(states()) == len(list(registry))
    assert conditions() == EVERYBODY
