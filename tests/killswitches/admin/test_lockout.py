"""No combination of switches prevents staff from turning them off."""

from collections.abc import Iterator
from itertools import chain, combinations, cycle

import pytest
from django.core.management import call_command
from django.test import Client

from killswitches.gate import enabled_mask
from killswitches.models import KillSwitch
from killswitches.registry import Switch, registry
from tests.killswitches.pages import LIST, TURN_OFF

pytestmark = pytest.mark.django_db


def combinations_of_switches() -> Iterator[tuple[Switch, ...]]:
    """Yield no switch, each one, each pair, all but one, and all."""
    switches = list(registry)
    sizes = (0, 1, 2, len(switches) - 1, len(switches))
    return chain.from_iterable(combinations(switches, size) for size in sizes)


def turn_on(*switches: Switch) -> None:
    """Turn on exactly these switches."""
    KillSwitch.objects.all().delete()
    KillSwitch.objects.bulk_create(KillSwitch(number=one.number, enabled=True) for one in switches)


def test_staff_can_turn_off_any_combination(changer: Client) -> None:
    stranger = Client()
    ways_out = cycle(
        [
            lambda switch: changer.post(TURN_OFF, {str(switch.number): ""}),
            lambda switch: call_command("killswitch", "off", switch.name, reason="over"),
        ]
    )
    for on in combinations_of_switches():
        turn_on(*on)
        assert stranger.get("/admin/login/").status_code == 200
        page = changer.get(LIST)
        assert [state.switch for state in page.context["states_on"]] == list(on)
        if on:
            next(ways_out)(on[0])
            assert enabled_mask() == sum(switch.bit for switch in on[1:])
