"""What callers send."""

from typing import NamedTuple


class Call(NamedTuple):
    """A ``GET`` of one caller."""

    path: str
    headers: dict[str, str] = {}
