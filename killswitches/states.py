"""The state of a switch."""

from dataclasses import dataclass
from datetime import datetime

from .models import KillSwitch
from .registry import Switch

#: The reason in the history for a lapse.
LAPSED = "Turned off automatically at the time that was set."


@dataclass(frozen=True, slots=True)
class SwitchState:
    """A registered switch, its state and its last flip.

    :param switch: the switch.
    :param enabled: whether it is on.
    :param until: when it turns off automatically, if it is on; None for never.
    :param changed_at: the time of the last flip; None if it was never flipped.
    :param changed_by_name: who flipped it; empty if it was never flipped.
    :param reason: why; empty if it was never flipped.
    """

    switch: Switch
    enabled: bool
    until: datetime | None
    changed_at: datetime | None
    changed_by_name: str
    reason: str

    @property
    def version(self) -> str:
        """A text that changes with every flip, to detect concurrent changes."""
        return self.changed_at.isoformat() if self.changed_at else ""


def state_of(switch: Switch, row: KillSwitch) -> SwitchState:
    """Return the state of a switch from its row. An unrecorded lapse is returned as if recorded.

    :param row: a row of ``KillSwitch.objects.timed()``, or a new one.
    """
    if row.has_lapsed:
        return SwitchState(switch, False, None, row.until, row.changed_by_name, LAPSED)
    return SwitchState(
        switch, row.enabled, row.until, row.changed_at, row.changed_by_name, row.reason
    )
