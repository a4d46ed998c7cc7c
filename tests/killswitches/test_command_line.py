"""Helpers of commands: their names, escaping, and tables for the terminal."""

from io import StringIO
from types import SimpleNamespace

import pytest
from django.core.management.base import OutputWrapper

from killswitches.command_line import Table, command_line, escaped, program_of


@pytest.mark.parametrize(
    ("argv", "program"),
    [
        (["/venv/bin/cumulonimbus", "killswitch", "list"], "cumulonimbus"),
        (["./manage.py", "killswitch"], "manage.py"),
        (["/srv/cumulonimbus/__main__.py", "killswitch"], "python -m cumulonimbus"),
        # No management command: a server, a test.
        (["/venv/bin/granian", "--workers", "2"], "manage.py"),
        (["pytest"], "manage.py"),
        ([""], "manage.py"),
    ],
)
def test_commands_are_named_by_the_program_as_it_was_called(argv: list[str], program: str) -> None:
    assert program_of(argv) == program


def test_here_by_the_usual_one() -> None:
    assert command_line("killswitch", "on", 7) == "manage.py killswitch on 7"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text", "plain text"),
        ("Zoë 电话", "Zoë 电话"),
        ("\x1b]0;title\x07", "\\x1b]0;title\\x07"),
        ("two\nlines\r\ttab", "two\\nlines\\r\\ttab"),
        ("\x7f\x9b31m", "\\x7f\\x9b31m"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("\u200b\ufeff\u2028", "\\u200b\\ufeff\\u2028"),
        ("\udcff\x00", "\\udcff\\x00"),
        ("C:\\x1b", "C:\\\\x1b"),
    ],
)
def test_control_characters_are_escaped(text: str, shown: str) -> None:
    assert escaped(text, StringIO()) == shown


def test_characters_that_the_output_cannot_encode_are_escaped() -> None:
    assert escaped("Zoë 电话", SimpleNamespace(encoding="latin-1")) == "Zoë \\u7535\\u8bdd"
    assert escaped("é", SimpleNamespace(encoding="ascii")) == "\\xe9"


def test_columns_stay_aligned() -> None:
    out = StringIO()
    table = Table(OutputWrapper(out), "A", "NAME", "B")
    table.write([("1", "ann", "x"), ("22", "b", "")])
    table.write([("3", "a\x1bb", "z"), ("4", "c", "y")])
    table.write([])
    assert out.getvalue().splitlines() == [
        "A   NAME  B",
        "1   ann   x",
        "22  b",
        "3   a\\x1bb  z",
        "4   c       y",
    ]
