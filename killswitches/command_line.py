"""What management commands have in common: who runs them, and tables for the terminal."""

import getpass
import os
from collections.abc import Iterable

from django.core.management.base import OutputWrapper


def operator_name() -> str:
    """Return the name by which the actor of a command is recorded: ``command line (ann)``."""
    try:
        name = getpass.getuser()
    except (ImportError, KeyError, OSError):  # a user id without an account, as in containers
        name = f"user id {os.getuid()}"
    return f"command line ({name})"


def escaped(text: str, out: object) -> str:
    r"""Return a text on one line, in which no terminal finds an instruction.

    Python's escapes, such as ``\x1b``, replace control characters, invisible ones and those that
    change the direction of a line; backslashes too, so that no text can pretend to be an escape.

    :param out: the stream to write it to. Characters that its encoding lacks are also escaped.
    """
    shown = (one if one.isprintable() and one != "\\" else ascii(one)[1:-1] for one in text)
    encoding = getattr(out, "encoding", None) or "utf-8"
    return "".join(shown).encode(encoding, "backslashreplace").decode(encoding)


class Table:
    """A table with aligned columns, which may be written part by part.

    :param head: the names of the columns.
    """

    def __init__(self, out: OutputWrapper, *head: str) -> None:
        self._out = out
        self._head = [head]
        self._widths = [0] * len(head)

    def write(self, rows: Iterable[tuple[str, ...]]) -> None:
        """Write rows. Columns are as wide as these and earlier rows take; texts are escaped."""
        part = [[escaped(cell, self._out) for cell in row] for row in (*self._head, *rows)]
        self._head = []
        for row in part:
            self._widths = list(map(max, self._widths, map(len, row)))
        for row in part:
            cells = (cell.ljust(width) for cell, width in zip(row, self._widths, strict=True))
            self._out.write("  ".join(cells).rstrip())
