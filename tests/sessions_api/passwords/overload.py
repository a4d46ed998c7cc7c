"""A process that has no room for another hash."""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from sessions_api.passwords import queue as hashing


@contextmanager
def full_queue() -> Iterator[None]:
    """All places are taken."""
    hashing._queue()._free_slots = 0
    yield
    hashing._current = None


@contextmanager
def no_room_any_more() -> Iterator[None]:
    """All places are taken, the last one since the request came."""
    with full_queue(), patch("sessions_api.http.gate.hashing.refusal", return_value=None):
        yield
