"""Callers, as far as conditions ask about them."""

from dataclasses import dataclass
from typing import Protocol


class Caller(Protocol):
    """What is known about a caller. Each is asked for only if a condition depends on it."""

    @property
    def dialect(self) -> str:
        """The dialect of the API that is called; "" if unknown."""

    @property
    def client(self) -> tuple[str, str]:
        """The name and the version of the calling program; "" for each that is unknown."""

    @property
    def address(self) -> str | None:
        """The IP address; None if unknown."""

    @property
    def user(self) -> str:
        """The user's primary key as a text; "" for anonymous callers."""


@dataclass(frozen=True, slots=True)
class KnownCaller:
    """A caller of whom everything is known beforehand."""

    dialect: str = ""
    client: tuple[str, str] = ("", "")
    address: str | None = None
    user: str = ""
