"""The state of a switch."""

from dataclasses import dataclass
from datetime import datetime

from .conditions.conditions import Conditions
from .conditions.wording import in_words
from .models import KillSwitch
from .registry import GLOBAL, Switch
from .reminders import is_overdue

#: The reason in the history for a lapse.
LAPSED = "Turned off automatically at the time that was set."


@dataclass(frozen=True, slots=True)
class SwitchState:
    """A registered switch, its state and its last flip.

    :param switch: the switch.
    :param enabled: whether it is on.
    :param until: when it turns off automatically, if it is on; None for never.
    :param conditions: for whom it is on, or would be when it is turned on again.
    :param changed_at: the time of the last flip; None if it was never flipped.
    :param changed_by_name: who flipped it; empty if it was never flipped.
    :param reason: why; empty if it was never flipped.
    """

    switch: Switch
    enabled: bool
    until: datetime | None
    conditions: Conditions
    changed_at: datetime | None
    changed_by_name: str
    reason: str

    @property
    def version(self) -> str:
        """A text that changes with every flip, to detect concurrent changes."""
        return self.changed_at.isoformat() if self.changed_at else ""

    @property
    def only_for(self) -> list[str]:
        """The conditions in words; empty if it is on, or would be, for everybody."""
        return in_words(self.conditions)

    @property
    def is_overdue(self) -> bool:
        """Whether it has been on for long and has no end, so that staff are reminded of it."""
        is_endless = self.enabled and self.until is None
        return is_endless and self.changed_at is not None and is_overdue(self.changed_at)


class SwitchChanged(Exception):
    """The switch has been flipped since the caller read its state.

    :param state: the current state.
    """

    def __init__(self, state: SwitchState) -> None:
        super().__init__(f"{state.switch.name} has been flipped in the meantime.")
        self.state = state


def state_of(switch: Switch, row: KillSwitch) -> SwitchState:
    """Return the state of a switch from its row. An unrecorded lapse is returned as if recorded.

    :param row: a row of ``KillSwitch.objects.timed()``, or a new one.
    """
    if row.has_lapsed:
        return SwitchState(
            switch, False, None, row.conditions, row.until, row.changed_by_name, LAPSED
        )
    return SwitchState(
        switch,
        row.enabled,
        row.until,
        row.conditions,
        row.changed_at,
        row.changed_by_name,
        row.reason,
    )


def urgency(state: SwitchState) -> int:
    """Return the key by which lists are sorted; switches of one key stay in their order."""
    if state.enabled:
        return 0
    if state.switch == GLOBAL:
        return 1
    return 2 if state.switch.guarded else 3
