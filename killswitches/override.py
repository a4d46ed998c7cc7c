"""The override: switches that count as on while the database is unavailable.

The setting ``KILLSWITCHES`` names them: ``OVERRIDE`` is a sequence of names, ``OVERRIDE_FILE`` the
path of a file with more of them. While the database can be read, the override has no effect.
"""

import functools
import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from .conditions.callers import Caller
from .conditions.switches_on import SwitchesOn
from .conf import names_in, option
from .registry import GLOBAL, Switch, UnknownSwitch, registry

logger = logging.getLogger("killswitches")

#: How much of the file is read; all names together are shorter.
FILE_SIZE = 16 * 1024

#: How often the override in force is logged, in seconds.
LOG_INTERVAL = 30.0

#: When that was last logged; empty if it never was.
logged_at: list[float] = []


@dataclass(frozen=True, slots=True)
class OverriddenSwitches(SwitchesOn):
    """What is known of the switches without the database: only that those named are on.

    Asking for any other one raises, so that nothing is open that may have been closed.

    :param cause: the database error to raise.
    """

    cause: Exception = field(kw_only=True)

    def __contains__(self, switch: Switch) -> bool:
        """Return True for a named switch.

        :raises Exception: ``cause``, for another one.
        """
        if self.mask & switch.bit:
            return True
        raise self.cause

    def applies(self, switch: Switch, caller: Callable[[], Caller]) -> bool:
        """Return True for a named switch, whoever calls.

        :raises Exception: ``cause``, for another one.
        """
        return switch in self

    def closing(self, switches: Iterable[Switch], caller: Callable[[], Caller]) -> Switch | None:
        """Return the first named switch, whoever calls. GLOBAL comes first.

        :raises Exception: ``cause``, if none is named.
        """
        for switch in (GLOBAL, *switches):
            if self.mask & switch.bit:
                return switch
        raise self.cause


def overridden(cause: Exception) -> OverriddenSwitches:
    """Return the switches of the override, after the database could not be read.

    :param cause: the database error, which is raised for switches that are not named.
    """
    mask, unknown = 0, []
    for name in names():
        try:
            mask |= registry.get(name).bit
        except UnknownSwitch:
            unknown.append(name)
    if unknown:
        _warn_of(tuple(unknown))
    if mask:
        _log(mask)
    return OverriddenSwitches(mask, cause=cause)


def names() -> list[str]:
    """Return the names in the setting and in the file, in upper case, known or not.

    The file is read anew each time. One that does not exist names nothing.
    """
    file = _text_of(option("OVERRIDE_FILE", ""))
    return [*names_in(option("OVERRIDE", ())), *names_in(file)]


def _text_of(path: str) -> str:
    if not path:
        return ""
    try:
        with open(path, "rb") as file:
            return file.read(FILE_SIZE).decode(errors="replace")
    except FileNotFoundError:
        return ""
    except (OSError, ValueError) as error:
        _warn_of_file(path, type(error).__name__)
        return ""


@functools.lru_cache(maxsize=16)
def _warn_of(unknown: tuple[str, ...]) -> None:
    """Log names that no switch has; the same ones only once."""
    logger.warning("The override names unknown kill switches, which are ignored: %r", unknown)


@functools.lru_cache(maxsize=16)
def _warn_of_file(path: str, error: str) -> None:
    """Log that the file cannot be read; the same error only once."""
    logger.warning("Could not read the override of kill switches, %r: %s", path, error)


def _log(mask: int) -> None:
    now = time.monotonic()
    if logged_at and now < logged_at[0] + LOG_INTERVAL:
        return
    logged_at[:] = [now]
    on = ", ".join(switch.name for switch in registry if mask & switch.bit)
    logger.error("The database is unavailable; the override closes: %s.", on)
