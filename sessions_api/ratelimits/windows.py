"""What is counted, in which windows, and what counts it."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from django_ratelimit.core import EXPIRATION_FUDGE


class Counter(NamedTuple):
    """A counter of fixed windows: its cache key, the most it may show, the length of a window in
    seconds, and any second with which one ends.

    The windows are those of django-ratelimit's ``_get_window``, which reads the clock itself.
    """

    key: str
    limit: int
    period: int
    phase: int

    def last_second(self, now: float) -> int:
        """With which the window of a moment ends; both are UNIX times."""
        second = int(now)
        return second + (self.phase - second) % self.period


class Window(NamedTuple):
    """One window of a counter."""

    counter: Counter
    last_second: int

    @property
    def key(self) -> str:
        """What it is called where each window has a key of its own."""
        return f"{self.counter.key}:{self.last_second}"

    @property
    def lifetime(self) -> int:
        """For how many seconds that key is kept. It must outlive the window: some caches would let
        a refund revive it for ever."""
        return self.counter.period + int(EXPIRATION_FUDGE)


class Charged(NamedTuple):
    """The count that each charged counter came to, in their order, and when that was: the UNIX
    time by the clock that decides which window is the running one."""

    counts: list[int]
    now: float


class Counters(Protocol):
    """Where counters stand. Both methods raise whatever the cache raises."""

    def charge(self, counters: Sequence[Counter], now: float) -> Charged:
        """Add one to each counter in turn until one goes over its limit; that one and those before
        it are then given back, and its count is the last.

        :param now: the UNIX time by this host's clock, where the store has none of its own.
        """

    def refund(self, windows: Sequence[Window]) -> None:
        """Take one from each; a window that is gone is left alone."""
