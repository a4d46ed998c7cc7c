"""A helper for the tests of host projects."""

from collections.abc import Iterator
from contextlib import contextmanager

from .conditions.conditions import EVERYBODY, Conditions
from .gate import switches_on
from .models import KillSwitch
from .registry import Switch


@contextmanager
def switched_on(*switches: Switch, conditions: Conditions = EVERYBODY) -> Iterator[None]:
    """Turn switches on for a ``with`` block or a decorated test.

    Switches that were on remain as they are. Those that were off are turned off again afterwards.
    No flips are recorded and no signals are sent.

    :param conditions: for whom they apply; by default for everybody.
    """
    found = switches_on()
    were_off = [switch.number for switch in switches if switch not in found]
    KillSwitch.objects.bulk_create(
        [
            KillSwitch(number=number, enabled=True, stored_conditions=conditions.stored())
            for number in were_off
        ],
        update_conflicts=True,
        update_fields=["enabled", "until", "stored_conditions"],
        unique_fields=["number"],
    )
    try:
        yield
    finally:
        KillSwitch.objects.filter(number__in=were_off).update(enabled=False, stored_conditions="")
