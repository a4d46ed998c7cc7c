"""How a switch stands, and since when."""

from dataclasses import dataclass
from datetime import datetime

from .models import KillSwitch
from .registry import Switch

#: The reason that history gives for a lapse.
LAPSED = "Turned off automatically at the time that was set."


@dataclass(frozen=True, slots=True)
class SwitchState:
    """A registered switch, its state, and its last flip (None and "" before the first).

    :param until: when a switch that is on goes off by itself; None: never.
    """

    switch: Switch
    enabled: bool
    until: datetime | None
    changed_at: datetime | None
    changed_by_name: str
    reason: str

    @property
    def version(self) -> str:
        """A text that every flip changes."""
        return self.changed_at.isoformat() if self.changed_at else ""


def state_of(switch: Switch, row: KillSwitch) -> SwitchState:
    """The state in a row of ``KillSwitch.objects.timed()``, or in a new one. A lapse that is not
    recorded yet is told as it will be recorded."""
    if row.has_lapsed:
        return SwitchState(switch, False, None, row.until, row.changed_by_name, LAPSED)
    return SwitchState(
        switch, row.enabled, row.until, row.changed_at, row.changed_by_name, row.reason
    )
