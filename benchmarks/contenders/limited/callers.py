"""Callers of the service with limits on.

They are other users than those of the service without them, because both count in one Redis.
"""

from benchmarks.contenders.calls import Call
from benchmarks.contenders.ours import callers


def calls(count: int) -> list[Call]:
    """Return requests by a number of callers."""
    return callers.calls(count, first=1)
