"""The rule that some switches are turned on only when a second person agrees.

The setting ``KILLSWITCHES`` names them: ``SECOND_PERSON`` is a sequence of names. It is empty by
default, because an installation may have a single member of staff.
"""

from dataclasses import dataclass

from .conf import names_in, option
from .registry import Switch, registry


@dataclass(frozen=True, slots=True)
class Consent:
    """Why a switch that needs a second person may be turned on.

    :param requested_by_name: who requested it, if the actor confirms somebody else's request.
    :param alone_because: why no second person could be asked, if the actor turns it on alone.
    """

    requested_by_name: str = ""
    alone_because: str = ""


class SecondPersonNeeded(Exception):
    """The switch is turned on only when a second person agrees.

    :param switch: the switch.
    """

    def __init__(self, switch: Switch) -> None:
        super().__init__(f"{switch.name} needs a second person.")
        self.switch = switch


def names() -> list[str]:
    """Return the names in the setting, in upper case, known or not."""
    return names_in(option("SECOND_PERSON", ()))


def needs_second_person(switch: Switch) -> bool:
    """Return whether the switch is turned on only when a second person agrees."""
    return switch.name in names()


def switches_that_need_one() -> list[Switch]:
    """Return the registered switches that need a second person, in order of number."""
    named = names()
    return [switch for switch in registry if switch.name in named]
