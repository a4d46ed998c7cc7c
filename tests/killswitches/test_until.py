"""Switches that turn off by themselves."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db.models import DateTimeField, Value
from django.db.models.expressions import Expression
from django.utils import timezone

from killswitches import gate, models, services
from killswitches.conditions.conditions import EVERYBODY
from killswitches.gate import enabled_mask, mask_expression
from killswitches.models import KillSwitch, SwitchFlip
from killswitches.registry import ACCOUNT_LOGIN, FILE_CREATE, GLOBAL, registry
from killswitches.services import (
    InvalidUntil,
    history,
    record_lapses,
    set_switch,
    states,
    states_on,
    turn_all_off,
)
from killswitches.testing import switched_on
from sessions_api.testing import frozen_clock
from tests.killswitches.flips import MakeStaff, Received, lapse
from tests.together import together

pytestmark = pytest.mark.django_db

UNTIL = datetime(2030, 1, 31, 12, 0, 0, 123456, tzinfo=UTC)
WHOLE_SECOND = UNTIL.replace(microsecond=0)
MICROSECOND = timedelta(microseconds=1)

SetClock = Callable[[datetime], None]


@pytest.fixture
def set_clock(monkeypatch: pytest.MonkeyPatch) -> SetClock:
    """Freeze the database's clock."""

    def stand(at: datetime) -> None:
        def now() -> Expression:
            return Value(at, output_field=DateTimeField())

        monkeypatch.setattr(models, "Now", now)
        # The statement is compiled once, with the clock at that time.
        monkeypatch.setattr(gate, "_statement", gate._statement.__wrapped__)

    return stand


def ago(**delta: float) -> datetime:
    return timezone.now() - timedelta(**delta)


@pytest.mark.parametrize("until", [UNTIL, WHOLE_SECOND])
@pytest.mark.parametrize(
    ("after", "on"),
    [
        (-timedelta(days=400), True),
        (-timedelta(seconds=1), True),
        (-MICROSECOND, True),
        (timedelta(0), False),
        (MICROSECOND, False),
        (timedelta(seconds=1), False),
        (timedelta(days=400), False),
    ],
)
def test_a_switch_is_on_exactly_until_then(
    set_clock: SetClock, django_user_model: Any, until: datetime, after: timedelta, on: bool
) -> None:
    django_user_model.objects.create_user(username="ann")
    lapse(GLOBAL, until)
    set_clock(until + after)
    expected = GLOBAL.bit if on else 0
    masked = django_user_model.objects.annotate(mask=mask_expression())
    assert enabled_mask() == masked.get().mask == expected
    assert [state.switch for state in states_on()] == ([GLOBAL] if on else [])
    assert states()[-1].enabled is on


def test_the_clock_of_the_database_decides() -> None:
    lapse(GLOBAL, timezone.now() + timedelta(hours=1))
    lapse(ACCOUNT_LOGIN, ago(seconds=1))
    # The host's clock is wrong by years.
    with frozen_clock(UNTIL + timedelta(days=20_000)):
        assert enabled_mask() == GLOBAL.bit
        assert [state.switch for state in states() if state.enabled] == [GLOBAL]
    with frozen_clock(UNTIL - timedelta(days=20_000)):
        assert enabled_mask() == GLOBAL.bit


def test_turning_on_for_a_duration(received: Received) -> None:
    until = timezone.now() + timedelta(minutes=15)
    assert set_switch(GLOBAL, True, until=until, actor_name="ann", reason="fire") is True
    state = states()[-1]
    assert (state.enabled, state.until, state.reason) == (True, until, "fire")
    assert SwitchFlip.objects.get().until == until
    assert (received[0]["enabled"], received[0]["until"]) == (True, until)
    assert received[0]["at"] == SwitchFlip.objects.get().at
    assert enabled_mask() == GLOBAL.bit


def test_a_different_end_is_a_flip(received: Received) -> None:
    first, second = (timezone.now() + timedelta(minutes=n) for n in (15, 60))
    asked = [first, first, second, None, None, first]
    changed = [set_switch(GLOBAL, True, until=until, reason=str(until)) for until in asked]
    assert changed == [True, False, True, True, False, True]
    flips = SwitchFlip.objects.order_by("id")
    assert [flip.until for flip in flips] == [first, second, None, first]
    assert [call["until"] for call in received] == [first, second, None, first]
    assert {flip.enabled for flip in flips} == {True}
    assert (states()[-1].until, states()[-1].reason) == (first, str(first))


def test_turning_off_early_removes_the_end(received: Received) -> None:
    until = timezone.now() + timedelta(minutes=15)
    set_switch(GLOBAL, True, until=until)
    set_switch(GLOBAL, False)
    assert (states()[-1].enabled, states()[-1].until) == (False, None)
    set_switch(GLOBAL, True)
    assert states()[-1].until is None
    assert [call["until"] for call in received] == [until, None, None]


@pytest.mark.parametrize(
    "delta", [timedelta(0), -MICROSECOND, -timedelta(days=9), timedelta(days=3651)]
)
def test_an_end_in_the_past_or_too_far_ahead_is_refused(
    set_clock: SetClock, delta: timedelta
) -> None:
    set_clock(UNTIL)
    with pytest.raises(InvalidUntil):
        set_switch(GLOBAL, True, until=UNTIL + delta)
    assert enabled_mask() == 0
    assert not SwitchFlip.objects.exists()


def test_turning_off_takes_no_end() -> None:
    with pytest.raises(ValueError, match="turned on"):
        set_switch(GLOBAL, False, until=timezone.now() + timedelta(hours=1))


SETTLERS: dict[str, Callable[[], object]] = {
    "record_lapses": record_lapses,
    "states": states,
    "history": lambda: history(GLOBAL.number),
    "turned on": lambda: set_switch(GLOBAL, True, reason="again"),
    "turned off": lambda: set_switch(GLOBAL, False, reason="over"),
}


@pytest.mark.parametrize("settler", SETTLERS)
def test_a_lapse_is_recorded_with_its_time(
    settler: str, make_staff: MakeStaff, received: Received
) -> None:
    ann, until = make_staff("ann"), ago(hours=3)
    lapse(GLOBAL, until, actor=ann, reason="fire")
    received.clear()
    SETTLERS[settler]()
    flip = SwitchFlip.objects.order_by("id")[1]
    assert (flip.enabled, flip.at, flip.until) == (False, until, None)
    assert (flip.actor, flip.actor_name, flip.reason) == (ann, "ann", services.LAPSED)
    assert received[0] == {
        "switch": GLOBAL,
        "enabled": False,
        "until": None,
        "conditions": EVERYBODY,
        "at": until,
        "actor": ann,
        "actor_name": "ann",
        "reason": services.LAPSED,
        "requested_by_name": "",
        "alone_because": "",
        "source": None,
    }
    if settler != "turned on":
        assert len(received) == 1
        state = states()[-1]
        assert (state.enabled, state.until, state.changed_at) == (False, None, until)
        assert (state.changed_by_name, state.reason) == ("ann", services.LAPSED)


def test_a_switch_turned_on_again_after_its_lapse_is_on() -> None:
    lapse(GLOBAL, ago(seconds=1), reason="first")
    assert set_switch(GLOBAL, True, reason="second") is True
    assert enabled_mask() == GLOBAL.bit
    assert [flip.reason for flip in history(GLOBAL.number)] == ["second", services.LAPSED, "first"]


def test_turning_off_what_has_lapsed_changes_nothing() -> None:
    lapse(GLOBAL, ago(seconds=1))
    assert turn_all_off() == []
    assert set_switch(GLOBAL, False, reason="too late") is False
    assert not SwitchFlip.objects.filter(reason="too late").exists()


def test_a_switch_turned_off_by_sql_has_not_lapsed() -> None:
    """An operator may have done so in an outage. Nothing turned it off by itself."""
    lapse(GLOBAL, ago(seconds=1), reason="fire")
    KillSwitch.objects.update(enabled=False)
    assert [state.reason for state in states() if state.switch == GLOBAL] == ["fire"]
    assert [flip.reason for flip in history(GLOBAL.number)] == ["fire"]


def test_recording_lapses_does_not_change_other_switches() -> None:
    until = timezone.now() + timedelta(hours=1)
    lapse(ACCOUNT_LOGIN, ago(seconds=1))
    set_switch(FILE_CREATE, True, until=until)
    set_switch(GLOBAL, True)
    KillSwitch.objects.create(number=40, enabled=True, until=ago(seconds=1))
    record_lapses()
    assert [(state.switch, state.until) for state in states() if state.enabled] == [
        (FILE_CREATE, until),
        (GLOBAL, None),
    ]
    assert enabled_mask() == FILE_CREATE.bit | GLOBAL.bit


def test_recording_lapses_takes_one_query_if_there_are_none(django_assert_num_queries: Any) -> None:
    set_switch(GLOBAL, True, until=timezone.now() + timedelta(hours=1))
    with django_assert_num_queries(1):
        record_lapses()
    with django_assert_num_queries(1):
        states()
    with django_assert_num_queries(1):
        states_on()


@pytest.mark.django_db(transaction=True)
def test_of_parallel_calls_one_records_a_lapse(received: Received) -> None:
    until = ago(minutes=1)
    for switch in registry:
        lapse(switch, until)
    SwitchFlip.objects.all().delete()
    received.clear()
    seen = together(*[states] * 4)
    assert {state.enabled for states_seen in seen for state in states_seen} == {False}
    assert sorted(flip.number for flip in SwitchFlip.objects.all()) == [
        switch.number for switch in registry
    ]
    assert {flip.at for flip in SwitchFlip.objects.all()} == {until}
    assert len(received) == len(list(registry))


@pytest.mark.django_db(transaction=True)
def test_a_lapse_takes_effect_even_if_recording_it_fails(failing_receiver: None) -> None:
    KillSwitch.objects.create(number=GLOBAL.number, enabled=True, until=ago(seconds=1))
    with pytest.raises(RuntimeError):
        record_lapses()
    assert enabled_mask() == 0
    assert states_on() == []
    assert not SwitchFlip.objects.exists()


def test_the_test_helper_turns_on_a_lapsed_switch() -> None:
    lapse(GLOBAL, ago(seconds=1))
    with switched_on(GLOBAL):
        assert enabled_mask() == GLOBAL.bit
    assert enabled_mask() == 0
