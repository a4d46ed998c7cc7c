"""The switches that are on, with their conditions, as one statement reads them."""

import functools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from ..registry import GLOBAL, MAX_NUMBER, Switch
from .callers import Caller
from .conditions import Conditions, stored_conditions


@dataclass(frozen=True, slots=True)
class SwitchesOn:
    """The switches that are on.

    :param mask: the bits of those that are on for everybody.
    :param conditional: the conditions of the others, by bit.
    """

    mask: int = 0
    conditional: Mapping[int, Conditions] = field(default_factory=dict)

    def __contains__(self, switch: Switch) -> bool:
        """Return whether a switch is on, for everybody or for some."""
        return bool(self.mask & switch.bit) or switch.bit in self.conditional

    def applies(self, switch: Switch, caller: Callable[[], Caller]) -> bool:
        """Return whether a switch is on for a caller.

        :param caller: returns the caller; called only if the switch has conditions.
        """
        if self.mask & switch.bit:
            return True
        conditions = self.conditional.get(switch.bit)
        return conditions is not None and conditions.hold(switch.name, caller())

    def closing(self, switches: Iterable[Switch], caller: Callable[[], Caller]) -> Switch | None:
        """Return the first of ``switches`` that is on for a caller, or None. GLOBAL comes first.

        :param caller: as for :meth:`applies`.
        """
        if not (self.mask or self.conditional):
            return None
        known = None
        for switch in (GLOBAL, *switches):
            if self.mask & switch.bit:
                return switch
            if (conditions := self.conditional.get(switch.bit)) is not None:
                known = known or caller()
                if conditions.hold(switch.name, known):
                    return switch
        return None


NONE_ON = SwitchesOn()


@functools.lru_cache(maxsize=256)
def read_switches_on(lines: str | None) -> SwitchesOn:
    """Parse what the gate's statement returns: for each switch its number, a space, conditions.

    The result is cached, because it is the same for every request between two flips.

    :param lines: the lines in any order; None if no switch is on.
    """
    if not lines:
        return NONE_ON
    mask, conditional = 0, {}
    for line in lines.split("\n"):
        number, _, stored = line.partition(" ")
        if not number.isdecimal() or int(number) > MAX_NUMBER:
            continue
        if conditions := stored_conditions(stored):
            conditional[1 << int(number)] = conditions
        else:
            mask |= 1 << int(number)
    return SwitchesOn(mask, conditional)
