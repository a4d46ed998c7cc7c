"""Turning switches on and off: history, signals and rollback."""

from typing import Any

import pytest
from django.test import RequestFactory
from django.utils import timezone

from killswitches import services
from killswitches.conditions.conditions import EVERYBODY
from killswitches.gate import enabled_mask
from killswitches.models import KillSwitch, SwitchFlip
from killswitches.registry import (
    ACCOUNT_LOGIN,
    FILE_CREATE,
    FILE_DELETE,
    GLOBAL,
    Switch,
    UnknownSwitch,
    registry,
)
from killswitches.services import SwitchChanged, set_switch, states, turn_all_off
from killswitches.testing import switched_on
from tests.killswitches.flips import MakeStaff, Received
from tests.together import together


def test_a_flip_is_stored_recorded_and_sent(
    db: None, make_staff: MakeStaff, received: Received
) -> None:
    ann = make_staff("ann")
    before = timezone.now()
    source = RequestFactory().get("/")
    assert set_switch(ACCOUNT_LOGIN, True, actor=ann, reason="guessing", source=source) is True
    row = KillSwitch.objects.get(number=ACCOUNT_LOGIN.number)
    flip = SwitchFlip.objects.get()
    assert row.enabled
    assert flip.enabled
    assert before <= flip.at <= timezone.now()
    assert row.changed_at == flip.at
    assert row.changed_by == flip.actor == ann
    assert row.changed_by_name == flip.actor_name == "ann"
    assert row.reason == flip.reason == "guessing"
    assert received == [
        {
            "switch": ACCOUNT_LOGIN,
            "enabled": True,
            "until": None,
            "conditions": EVERYBODY,
            "at": flip.at,
            "actor": ann,
            "actor_name": "ann",
            "reason": "guessing",
            "requested_by_name": "",
            "alone_because": "",
            "source": source,
        }
    ]


def test_the_caller_can_set_the_name_of_the_actor(db: None, make_staff: MakeStaff) -> None:
    set_switch(ACCOUNT_LOGIN, True, actor=make_staff("ann"), actor_name="ann, through the API")
    assert SwitchFlip.objects.get().actor_name == "ann, through the API"


def test_no_change_records_and_sends_nothing(db: None, received: Received) -> None:
    set_switch(ACCOUNT_LOGIN, True, reason="first")
    received.clear()
    assert set_switch(ACCOUNT_LOGIN, True, reason="second") is False
    assert set_switch(FILE_CREATE, False, reason="off as ever") is False
    assert received == []
    assert [flip.reason for flip in SwitchFlip.objects.all()] == ["first"]
    assert KillSwitch.objects.get(number=ACCOUNT_LOGIN.number).reason == "first"


@pytest.mark.parametrize("enabled", [True, False])
def test_a_switch_without_a_row_is_off(db: None, enabled: bool) -> None:
    KillSwitch.objects.all().delete()
    assert set_switch(ACCOUNT_LOGIN, enabled) is enabled
    assert bool(enabled_mask()) is enabled


def test_a_switch_that_is_not_registered_is_refused(db: None) -> None:
    for switch in (Switch(40, "EXPORTS", ""), Switch(4, "ACCOUNT_LOGIN", "not the same")):
        with pytest.raises(UnknownSwitch):
            set_switch(switch, True)
    assert enabled_mask() == 0
    assert not KillSwitch.objects.filter(number=40).exists()


@pytest.mark.django_db(transaction=True)
def test_a_receiver_that_raises_undoes_the_flip(failing_receiver: None) -> None:
    with pytest.raises(RuntimeError):
        set_switch(GLOBAL, True)
    assert enabled_mask() == 0
    assert not SwitchFlip.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_receiver_that_raises_undoes_turning_all_off(failing_receiver: None) -> None:
    with switched_on(ACCOUNT_LOGIN, GLOBAL):
        with pytest.raises(RuntimeError):
            turn_all_off()
        assert enabled_mask() == ACCOUNT_LOGIN.bit | GLOBAL.bit
        assert not SwitchFlip.objects.exists()


def test_texts_are_stored_on_one_line_without_unprintable_characters(db: None) -> None:
    set_switch(GLOBAL, True, actor_name="ann\0\x1b[2J", reason="line one\r\nline two\0 \udcff  é ")
    flip = SwitchFlip.objects.get()
    assert (flip.actor_name, flip.reason) == ("ann [2J", "line one line two é")


def test_texts_that_are_too_long_are_cut(db: None) -> None:
    set_switch(GLOBAL, True, actor_name="n" * 1000, reason="r" * 1000)
    flip = SwitchFlip.objects.get()
    assert (len(flip.actor_name), len(flip.reason)) == (255, 500)


def test_turning_all_off_returns_those_that_were_on(
    db: None, make_staff: MakeStaff, received: Received
) -> None:
    ann = make_staff("ann")
    source = RequestFactory().get("/")
    with switched_on(GLOBAL, FILE_CREATE):
        assert turn_all_off(actor=ann, reason="over", source=source) == [FILE_CREATE, GLOBAL]
    assert enabled_mask() == 0
    assert [call["switch"] for call in received] == [FILE_CREATE, GLOBAL]
    for call in received:
        assert (call["enabled"], call["actor"], call["reason"]) == (False, ann, "over")
        assert call["source"] is source
    assert turn_all_off() == []


def test_the_history_names_actors_without_an_account(db: None) -> None:
    with switched_on(FILE_CREATE):
        turn_all_off(actor_name="ops")
    assert SwitchFlip.objects.latest("id").actor_name == "ops"


def test_the_states_of_all_switches_take_one_query(
    db: None, django_assert_num_queries: Any
) -> None:
    KillSwitch.objects.filter(number=FILE_DELETE.number).delete()
    KillSwitch.objects.create(number=40, enabled=True)
    set_switch(GLOBAL, True, actor_name="ann", reason="fire")
    with django_assert_num_queries(1):
        found = states()
    assert [state.switch for state in found] == list(registry)
    assert [state.switch for state in found if state.enabled] == [GLOBAL]
    assert (found[-1].changed_by_name, found[-1].reason) == ("ann", "fire")
    assert found[-1].changed_at == SwitchFlip.objects.get().at
    assert (found[0].changed_at, found[0].changed_by_name, found[0].reason) == (None, "", "")


def test_a_flip_with_an_outdated_version_is_refused(db: None) -> None:
    seen = states()[-1].version
    assert set_switch(GLOBAL, True, version=seen, reason="fire") is True
    with pytest.raises(SwitchChanged) as raised:
        set_switch(GLOBAL, True, version=seen, reason="again")
    assert raised.value.state == states()[-1]
    # Flipped twice: the state is the same, but the version is not.
    set_switch(GLOBAL, False)
    with pytest.raises(SwitchChanged):
        set_switch(GLOBAL, True, version=seen)
    assert enabled_mask() == 0
    assert set_switch(GLOBAL, True, version=states()[-1].version) is True
    assert SwitchFlip.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_of_parallel_flips_with_the_same_version_one_succeeds() -> None:
    def flip() -> bool:
        try:
            return set_switch(GLOBAL, True, version="")
        except SwitchChanged:
            return False

    assert sorted(together(*[flip] * 4)) == [False, False, False, True]
    assert SwitchFlip.objects.count() == 1


def test_the_newest_flips_of_every_switch(db: None, django_assert_num_queries: Any) -> None:
    for turn in range(5):
        set_switch(ACCOUNT_LOGIN, turn % 2 == 0, reason=f"turn {turn}")
    set_switch(GLOBAL, True, reason="fire")
    with django_assert_num_queries(1):
        flips = services.newest_flips(3)
    assert {number: [flip.reason for flip in found] for number, found in flips.items()} == {
        ACCOUNT_LOGIN.number: ["turn 4", "turn 3", "turn 2"],
        GLOBAL.number: ["fire"],
    }


def test_history_returns_the_fifty_newest_flips_of_a_switch(db: None) -> None:
    set_switch(GLOBAL, True, reason="another switch")
    for turn in range(60):
        set_switch(ACCOUNT_LOGIN, turn % 2 == 0, reason=f"turn {turn}")
    assert [flip.reason for flip in services.history(ACCOUNT_LOGIN.number)] == [
        f"turn {turn}" for turn in range(59, 9, -1)
    ]


def test_history_outlives_its_actor(db: None, make_staff: MakeStaff) -> None:
    ann = make_staff("ann")
    set_switch(GLOBAL, True, actor=ann)
    ann.delete()
    flip = SwitchFlip.objects.get()
    assert (flip.actor, flip.actor_name) == (None, "ann")
    assert (states()[-1].enabled, states()[-1].changed_by_name) == (True, "ann")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("rows", ["with rows", "without rows"])
def test_of_parallel_flips_to_the_same_state_one_is_recorded(rows: str) -> None:
    for enabled in [True, False] * 5:
        if enabled and rows == "without rows":
            KillSwitch.objects.all().delete()
        SwitchFlip.objects.all().delete()
        results = together(*[lambda to=enabled: set_switch(ACCOUNT_LOGIN, to)] * 4)  # type: ignore[misc]
        assert sorted(results) == [False, False, False, True]
        assert [flip.enabled for flip in SwitchFlip.objects.all()] == [enabled]
        assert bool(enabled_mask()) is enabled


@pytest.mark.django_db(transaction=True)
def test_of_parallel_calls_one_turns_each_switch_off() -> None:
    with switched_on(*registry):
        results = together(*[turn_all_off] * 4)
    turned_off = [switch for switches in results for switch in switches]
    assert sorted(turned_off, key=lambda switch: switch.number) == list(registry)
    assert SwitchFlip.objects.count() == len(turned_off)
