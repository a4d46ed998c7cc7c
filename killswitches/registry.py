"""The registry, in which every kill switch must be declared before it is used.

A host registers its own switches in the ``ready()`` method of an app configuration::

    EXPORTS = registry.register(Switch(20, "EXPORTS", "Stops exports of data."))
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext_noop

#: The highest number of a switch. In the database's 64-bit integers, bit 63 is the sign.
MAX_NUMBER = 62

_NAME = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*")


class UnknownSwitch(LookupError):
    """No switch with this name or number is registered."""


@dataclass(frozen=True, slots=True)
class Switch:
    """A feature that can be stopped in an emergency.

    :param number: its bit in a mask and its id in the API, 0 to 62.
    :param name: its name, in UPPER_SNAKE_CASE.
    :param description: what the switch stops, in plain English for staff. The admin translates it
        if it is marked with ``gettext_noop()``.
    :param guarded: whether staff must type the name in the admin before they can turn it on.
    :raises ValueError: the number or the name is invalid.
    """

    number: int
    name: str
    description: str
    guarded: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.number <= MAX_NUMBER:
            raise ValueError(f"A switch's number is 0 to {MAX_NUMBER}, not {self.number}.")
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"A switch's name is UPPER_SNAKE_CASE, not {self.name!r}.")

    @property
    def bit(self) -> int:
        """The mask in which only this switch is on."""
        return 1 << self.number


class Registry:
    """Switches by name and by number. Iteration is in order of number."""

    def __init__(self) -> None:
        self._by_number: dict[int, Switch] = {}
        self._by_name: dict[str, Switch] = {}

    def register(self, switch: Switch) -> Switch:
        """Register a switch and return it. Registering an equal one again has no effect.

        :raises ValueError: another switch has the same number or name.
        """
        for taken in (self._by_number.get(switch.number), self._by_name.get(switch.name)):
            if taken not in (None, switch):
                raise ValueError(f"{switch} collides with {taken}.")
        self._by_number[switch.number] = switch
        self._by_name[switch.name] = switch
        return switch

    def get(self, name: str) -> Switch:
        """Return a switch by its exact name.

        :raises UnknownSwitch: no switch has this name.
        """
        try:
            return self._by_name[name]
        except KeyError:
            raise UnknownSwitch(f"No kill switch is called {name!r}.") from None

    def by_number(self, number: int) -> Switch:
        """Return a switch by its number.

        :raises UnknownSwitch: no switch has this number.
        """
        try:
            return self._by_number[number]
        except KeyError:
            raise UnknownSwitch(f"No kill switch has the number {number}.") from None

    def __iter__(self) -> Iterator[Switch]:
        return iter(sorted(self._by_number.values(), key=lambda switch: switch.number))


registry = Registry()

ACCOUNT_CREATE = registry.register(
    Switch(0, "ACCOUNT_CREATE", gettext_noop("Stops the creation of new accounts."))
)
ACCOUNT_MODIFY = registry.register(
    Switch(
        1,
        "ACCOUNT_MODIFY",
        gettext_noop(
            "Stops users' changes to their accounts, including ending sessions and changing second "
            "factors."
        ),
    )
)
ACCOUNT_DELETE = registry.register(
    Switch(2, "ACCOUNT_DELETE", gettext_noop("Stops the deletion of accounts."))
)
ACCOUNT_EMAIL_VERIFY = registry.register(
    Switch(3, "ACCOUNT_EMAIL_VERIFY", gettext_noop("Stops the verification of email addresses."))
)
ACCOUNT_LOGIN = registry.register(
    Switch(
        4,
        "ACCOUNT_LOGIN",
        gettext_noop("Stops logins and new sessions. Active sessions keep working."),
        guarded=True,
    )
)
FILE_CREATE = registry.register(Switch(5, "FILE_CREATE", gettext_noop("Stops uploads of files.")))
FILE_MODIFY = registry.register(Switch(6, "FILE_MODIFY", gettext_noop("Stops changes to files.")))
FILE_DELETE = registry.register(
    Switch(7, "FILE_DELETE", gettext_noop("Stops the deletion of files."))
)
GLOBAL = registry.register(
    Switch(
        8,
        "GLOBAL",
        gettext_noop("Stops everything, for everybody except staff. The admin keeps working."),
        guarded=True,
    )
)

#: The switches that this app declares. Further ones are those of the host.
BUILT_IN = tuple(registry)
