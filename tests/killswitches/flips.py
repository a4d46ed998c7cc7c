"""Helpers that flip switches."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from killswitches.models import KillSwitch
from killswitches.registry import Switch
from killswitches.services import set_switch

MakeStaff = Callable[..., Any]
Received = list[dict[str, Any]]


def lapse(switch: Switch, until: datetime, **flip: Any) -> None:
    """Turn on a switch until a time that may be in the past."""
    set_switch(switch, True, **flip)
    KillSwitch.objects.filter(number=switch.number).update(until=until)
