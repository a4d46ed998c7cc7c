"""Terminals at which commands are run."""

from io import StringIO


class Terminal(StringIO):
    """Shows what is written to it; reads what is typed in, or raises what happens meanwhile."""

    def __init__(self, typed: str | type[BaseException] = "") -> None:
        super().__init__(f"{typed}\n" if isinstance(typed, str) else "")
        self._interrupt = None if isinstance(typed, str) else typed

    def isatty(self) -> bool:
        return True

    def readline(self, size: int | None = -1, /) -> str:
        if self._interrupt:
            raise self._interrupt
        return super().readline(size)
