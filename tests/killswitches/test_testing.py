"""The helper for the tests of host projects."""

from typing import Any

import pytest

from killswitches.gate import enabled_mask
from killswitches.models import KillSwitch, SwitchFlip
from killswitches.registry import ACCOUNT_LOGIN, FILE_CREATE, GLOBAL
from killswitches.services import set_switch
from killswitches.testing import switched_on

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("rows", ["with rows", "without rows"])
def test_switches_are_on_within_the_block_and_off_after_it(
    rows: str, received: list[dict[str, Any]]
) -> None:
    if rows == "without rows":
        KillSwitch.objects.all().delete()
    with switched_on(ACCOUNT_LOGIN, GLOBAL):
        assert enabled_mask() == ACCOUNT_LOGIN.bit | GLOBAL.bit
    assert enabled_mask() == 0
    assert received == []
    assert not SwitchFlip.objects.exists()


def test_a_failing_test_leaves_no_switch_on() -> None:
    with pytest.raises(KeyError), switched_on(GLOBAL):
        raise KeyError
    assert enabled_mask() == 0


def test_a_switch_that_was_on_stays_on() -> None:
    set_switch(GLOBAL, True, reason="fire")
    with switched_on(GLOBAL, FILE_CREATE):
        pass
    assert enabled_mask() == GLOBAL.bit
    assert KillSwitch.objects.get(number=GLOBAL.number).reason == "fire"


@switched_on(FILE_CREATE)
def test_as_a_decorator() -> None:
    assert enabled_mask() == FILE_CREATE.bit
