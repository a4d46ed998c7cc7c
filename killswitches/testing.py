"""A helper for the tests of host projects."""

from collections.abc import Iterator
from contextlib import contextmanager

from .gate import enabled_mask
from .models import KillSwitch
from .registry import Switch


@contextmanager
def switched_on(*switches: Switch) -> Iterator[None]:
    """Turn switches on for a ``with`` block or a decorated test.

    Switches that were off are turned off again afterwards. No flips are recorded and no signals are
    sent.
    """
    mask = enabled_mask()
    were_off = [switch.number for switch in switches if not mask & switch.bit]
    KillSwitch.objects.bulk_create(
        [KillSwitch(number=number, enabled=True) for number in were_off],
        update_conflicts=True,
        update_fields=["enabled", "until"],
        unique_fields=["number"],
    )
    try:
        yield
    finally:
        KillSwitch.objects.filter(number__in=were_off).update(enabled=False)
