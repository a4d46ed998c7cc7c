"""Requests of the load, and what became of each."""

import contextlib
import enum
import json
import random
import threading
import time
from collections.abc import Collection
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any

from tests.processes.server import Address, Answer, Connection


class Outcome(enum.Enum):
    """What became of a request.

    :cvar RIGHT: it got one of the statuses that it should get when nothing fails.
    :cvar UNAVAILABLE: it got 503 with ``Retry-After``.
    :cvar BROKEN: its connection was refused, closed or silent.
    :cvar WRONG: it got anything else, such as 500.
    """

    RIGHT = "right"
    UNAVAILABLE = "503"
    BROKEN = "no answer"
    WRONG = "wrong"


@dataclass(frozen=True)
class Entry:
    """A request in the journal.

    :param sent: when it was sent, on the monotonic clock.
    :param ended: when it was answered or given up, on the same clock.
    """

    sent: float
    ended: float
    outcome: Outcome
    what: str


class Journal:
    """All requests, with their outcomes. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: list[Entry] = []

    def add(self, entry: Entry) -> None:
        with self._lock:
            self._entries.append(entry)

    def take(self) -> list[Entry]:
        """Return the entries since the last call, and forget them."""
        with self._lock:
            taken, self._entries = self._entries, []
            return taken

    def last_trouble(self) -> float:
        """Return when the last request ended that was not answered right; 0 if none is kept."""
        with self._lock:
            troubled = (one.ended for one in self._entries if one.outcome is not Outcome.RIGHT)
            return max(troubled, default=0)


#: After so many requests, a connection is opened anew, so that every host gets some of them.
LAST = 25


class Client:
    """Sends requests on a persistent connection, which is opened anew after it broke.

    :param addresses: where the service listens; a sequence that may change.
    """

    def __init__(self, addresses: Collection[Address], journal: Journal, number: int) -> None:
        self._addresses = addresses
        self._journal = journal
        self._number = number
        self._connection: Connection | None = None
        self._host: Address | None = None
        self._sent = 0

    def send(
        self, method: str, path: str, right: Collection[int], body: Any = None, token: str = ""
    ) -> Answer | None:
        """Send a request and note its outcome.

        :param right: the statuses that are right.
        :returns: the answer; None if there is none.
        """
        self._sent += 1
        # An address of its own for each request that has no account, so that no limit is reached.
        address = f"10.{self._number}.{self._sent >> 8 & 255}.{self._sent & 255}"
        sent = time.monotonic()
        answer: Answer | None = None
        try:
            connection = self._connected()
            answer = connection(method, path, body, token=token or None, address=address)
            outcome = _outcome(answer, right)
        except (OSError, HTTPException, json.JSONDecodeError):
            self.close()
            outcome = Outcome.BROKEN
        status = answer.status if answer else ""
        what = f"{method} {path}: {status}"
        self._journal.add(Entry(sent, time.monotonic(), outcome, what))
        return answer

    def _connected(self) -> Connection:
        """Return the connection, or one that is opened to a host that is still in use."""
        if self._sent % LAST == 0 or self._host not in self._addresses:
            self.close()
        if self._connection is None:
            addresses = list(self._addresses)
            self._host = random.choice(addresses)  # noqa: S311
            self._connection = Connection(self._host)
        return self._connection

    def close(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(OSError):
                self._connection.__exit__()
            self._connection = None


def _outcome(answer: Answer, right: Collection[int]) -> Outcome:
    if answer.status in right:
        return Outcome.RIGHT
    if answer.status == 503 and answer.headers["Retry-After"]:
        return Outcome.UNAVAILABLE
    return Outcome.WRONG
