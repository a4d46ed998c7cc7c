"""What management commands have in common: their names, who runs them, and tables."""

import getpass
import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from django.core.management import get_commands
from django.core.management.base import OutputWrapper


def command_line(command: str, *args: object) -> str:
    """Return how to run a management command, by the program that is running.

    :returns: a line such as ``cumulonimbus incident show 7``. With ``manage.py`` if this process
        was not started as a management command, such as a server.
    """
    return " ".join([program_of(sys.argv), command, *map(str, args)])


def program_of(argv: Sequence[str]) -> str:
    """Return the program of the arguments of a process, if it is a management command's.

    :returns: ``manage.py`` for any other process.
    """
    program, *rest = argv
    if not rest or rest[0] not in get_commands():
        return "manage.py"
    path = Path(program)
    return f"python -m {path.parent.name}" if path.name == "__main__.py" else path.name


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
