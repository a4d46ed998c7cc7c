"""Counters, their windows, and the interface of the stores that count."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from django_ratelimit.core import EXPIRATION_FUDGE


class Counter(NamedTuple):
    """A counter with fixed windows, which are those of django-ratelimit's ``_get_window``.

    :param key: the cache key.
    :param limit: the highest count that is admitted.
    :param period: the length of a window in seconds.
    :param phase: any second with which a window ends, as UNIX time.
    """

    key: str
    limit: int
    period: int
    phase: int

    def last_second(self, now: float) -> int:
        """Return the last second of the window that contains ``now``; both are UNIX times."""
        second = int(now)
        return second + (self.phase - second) % self.period


class Window(NamedTuple):
    """One window of a counter."""

    counter: Counter
    last_second: int

    @property
    def key(self) -> str:
        """The cache key of the window, in stores with a key per window."""
        return f"{self.counter.key}:{self.last_second}"

    @property
    def lifetime(self) -> int:
        """The lifetime of that key in seconds. It outlives the window, because in some caches a
        refund would recreate an expired key without an expiry."""
        return self.counter.period + int(EXPIRATION_FUDGE)


class Charged(NamedTuple):
    """The result of charging counters.

    :param counts: the new count of each charged counter, in order.
    :param now: the time of the charge: UNIX time by the clock that determines the windows.
    """

    counts: list[int]
    now: float


class Counters(Protocol):
    """A store of counters. The methods raise whatever the cache raises."""

    def charge(self, counters: Sequence[Counter], now: float) -> Charged:
        """Add one to each counter, in order, until one exceeds its limit.

        If one does, it and those before it are refunded, and its count is the last.

        :param now: UNIX time by this host's clock, for stores that have no clock.
        """

    def refund(self, windows: Sequence[Window]) -> None:
        """Subtract one from each window; a window that no longer exists is skipped."""

    def reset(self, counters: Sequence[Counter], now: float) -> None:
        """Forget the counts of the windows that contain ``now``."""
