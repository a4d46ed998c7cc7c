"""The program behind a user agent, for decisions that are made at every request.

Parsing a user agent that nobody has seen before takes milliseconds. Whoever sends a new one with
each request must not be able to keep a process busy, so only a few are parsed each second.
"""

import functools
import threading
import time

from sessions_api.callers.devices import parse_device

#: How many user agents a process remembers.
REMEMBERED = 10_000
#: How many it parses per second.
PARSED = 20


class _Allowance:
    """Allows something a limited number of times per second."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._second = 0
        self._left = 0

    def take(self, per_second: int) -> bool:
        with self._lock:
            second = int(time.monotonic())
            if second != self._second:
                self._second, self._left = second, per_second
            self._left -= 1
            return self._left >= 0


class _Exhausted(Exception):
    """So many user agents have been parsed in this second."""


_allowance = _Allowance()


def program_of(user_agent: str) -> tuple[str, str]:
    """Return the name and the version of a program; "" if unknown.

    They are also unknown if the process has not seen the user agent lately, and has parsed as many
    others in this second as it may.
    """
    if not user_agent:
        return "", ""
    try:
        return remembered_program(user_agent)
    except _Exhausted:
        return "", ""


@functools.lru_cache(maxsize=REMEMBERED)
def remembered_program(user_agent: str) -> tuple[str, str]:
    """Parse a user agent, unless it is remembered.

    :raises Exception: this process may not parse another one now, which is not remembered.
    """
    if not _allowance.take(PARSED):
        raise _Exhausted
    return parsed_program(user_agent)


def parsed_program(user_agent: str) -> tuple[str, str]:
    """Return the name and the version of a program, however many have been parsed."""
    device = parse_device(user_agent)
    return device.browser, device.version
