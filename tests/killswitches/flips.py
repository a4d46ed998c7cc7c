"""Who flips switches, and what comes of it."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from killswitches.models import KillSwitch
from killswitches.registry import Switch
from killswitches.services import set_switch

MakeStaff = Callable[..., Any]
Received = list[dict[str, Any]]


def lapse(switch: Switch, until: datetime, **flip: Any) -> None:
    """Let a switch have been turned on until a moment that may be past."""
    set_switch(switch, True, **flip)
    KillSwitch.objects.filter(number=switch.number).update(until=until)
