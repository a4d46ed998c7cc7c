"""The requests of callers."""

from typing import NamedTuple


class Call(NamedTuple):
    """A ``GET`` request by one caller."""

    path: str
    headers: dict[str, str] = {}
