"""Reading the switches that are on, with their conditions."""

from typing import Any, NoReturn

import pytest

from killswitches.conditions.callers import KnownCaller
from killswitches.conditions.conditions import Conditions, read_conditions
from killswitches.conditions.switches_on import NONE_ON, SwitchesOn, read_switches_on
from killswitches.gate import enabled_mask, mask_expression, switches_expression, switches_on
from killswitches.models import KillSwitch
from killswitches.registry import ACCOUNT_LOGIN, FILE_CREATE, FILE_DELETE, GLOBAL
from killswitches.testing import switched_on

V5 = Conditions(dialect="v5")
ANN, BOB = KnownCaller("v5"), KnownCaller("v4")


def nobody() -> NoReturn:
    raise AssertionError("The caller does not matter.")


@pytest.mark.django_db
def test_one_query_reads_switches_and_conditions(
    django_assert_num_queries: Any, django_user_model: Any
) -> None:
    django_user_model.objects.create_user(username="ann")
    annotated = django_user_model.objects.annotate(found=switches_expression())
    assert switches_on() is read_switches_on(annotated.get().found) is NONE_ON
    with switched_on(GLOBAL, FILE_DELETE), switched_on(FILE_CREATE, conditions=V5):
        with django_assert_num_queries(1):
            found = switches_on()
        assert found == SwitchesOn(GLOBAL.bit | FILE_DELETE.bit, {FILE_CREATE.bit: V5})
        with django_assert_num_queries(1):
            assert read_switches_on(annotated.get().found) == found
    assert switches_on() is NONE_ON


@pytest.mark.django_db
def test_a_mask_contains_no_switch_with_conditions(django_user_model: Any) -> None:
    django_user_model.objects.create_user(username="ann")
    masked = django_user_model.objects.annotate(mask=mask_expression())
    with switched_on(GLOBAL, conditions=V5), switched_on(FILE_CREATE):
        assert enabled_mask() == masked.get().mask == FILE_CREATE.bit


@pytest.mark.django_db
def test_conditions_that_are_not_understood_close_the_switch_to_everybody() -> None:
    KillSwitch.objects.create(number=4, enabled=True, stored_conditions='{"planet": "Mars"}')
    KillSwitch.objects.create(number=5, enabled=True, stored_conditions="\n7 \nx")
    assert switches_on() == SwitchesOn(0b10110000)


def test_the_first_switch_that_is_on_for_the_caller_is_returned_with_global_first() -> None:
    found = SwitchesOn(FILE_CREATE.bit, {GLOBAL.bit: V5, ACCOUNT_LOGIN.bit: V5})
    asked = (ACCOUNT_LOGIN, FILE_CREATE)
    assert found.closing(asked, lambda: ANN) is GLOBAL
    assert found.closing(asked, lambda: BOB) is FILE_CREATE
    assert found.closing((ACCOUNT_LOGIN,), lambda: BOB) is None
    assert found.closing((), lambda: BOB) is None


def test_the_caller_is_asked_for_only_if_a_condition_of_the_endpoint_needs_it() -> None:
    assert NONE_ON.closing((ACCOUNT_LOGIN,), nobody) is None
    assert SwitchesOn(GLOBAL.bit).closing((ACCOUNT_LOGIN,), nobody) is GLOBAL
    assert SwitchesOn(0, {FILE_CREATE.bit: V5}).closing((ACCOUNT_LOGIN,), nobody) is None
    with pytest.raises(AssertionError):
        SwitchesOn(0, {FILE_CREATE.bit: V5}).closing((FILE_CREATE,), nobody)


def test_a_switch_with_conditions_is_on() -> None:
    found = SwitchesOn(GLOBAL.bit, {FILE_CREATE.bit: V5})
    assert [one in found for one in (GLOBAL, FILE_CREATE, FILE_DELETE)] == [True, True, False]


def test_the_user_agent_is_parsed_only_if_everything_else_holds() -> None:
    class Unparsed:
        dialect, address, user = "v5", "203.0.113.9", "7"

        @property
        def client(self) -> tuple[str, str]:
            return nobody()

    texts = {"dialect": "v4"}, {"network": "10.0.0.0/8"}
    for other in texts:
        assert not read_conditions(client="curl", **other).hold("GLOBAL", Unparsed())
    with pytest.raises(AssertionError):
        read_conditions(client="curl", dialect="v5").hold("GLOBAL", Unparsed())
