"""Simulated terminals for management commands."""

from collections.abc import Callable
from io import StringIO
from typing import TextIO

import pytest


class Terminal(StringIO):
    """A terminal that records output, and returns typed input or raises an error."""

    def __init__(self, typed: str | type[BaseException] = "") -> None:
        super().__init__(f"{typed}\n" if isinstance(typed, str) else "")
        self._interrupt = None if isinstance(typed, str) else typed

    def isatty(self) -> bool:
        return True

    def readline(self, size: int | None = -1, /) -> str:
        if self._interrupt:
            raise self._interrupt
        return super().readline(size)


def type_in(
    patch: pytest.MonkeyPatch,
    answer: str | type[BaseException],
    terminal: Callable[..., TextIO] = Terminal,
) -> None:
    """Simulate a terminal with a typed answer, or an error."""
    patch.setattr("sys.stdin", terminal(answer))
