"""The lines of the manual are valid commands."""

import shlex

import pytest
from django.core.management import get_commands, load_command_class

from tests.manual import blocks, page

LINES = [
    line
    for name in ("operators/incidents", "staff/incidents")
    for block in blocks("sh", page(name))
    for line in block.splitlines()
]


@pytest.mark.parametrize("line", LINES)
def test_it_has_options_that_exist(line: str) -> None:
    program, name, *args = shlex.split(line)
    assert program == "cumulonimbus"
    command = load_command_class(get_commands()[name], name)
    assert command.create_parser("cumulonimbus", name).parse_args(args).verb == args[0]


def test_there_are_some() -> None:
    assert len(LINES) > 10
