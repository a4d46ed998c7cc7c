"""The management commands, from their own help texts."""

import argparse
from collections.abc import Iterator
from typing import Any

from django.core.management import get_commands, load_command_class

OURS = ("sessions_api", "killswitches", "cumulonimbus")
#: The width of help texts, which otherwise depends on the terminal in which the manual is built.
WIDTH = 88


class _Parser(argparse.ArgumentParser):
    """A parser that keeps those of its subcommands."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, add_help=False, formatter_class=_Formatter, **kwargs)
        self.verbs: list[_Parser] = []

    def add_subparsers(self, **kwargs: Any) -> Any:
        parsers = super().add_subparsers(**kwargs)
        add = parsers.add_parser

        def remembered(*args: Any, **options: Any) -> Any:
            self.verbs.append(add(*args, **options))
            return self.verbs[-1]

        parsers.add_parser = remembered
        return parsers


class _Formatter(argparse.HelpFormatter):
    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=WIDTH)


def sections() -> str:
    """Return a section for each command, with its purpose and its arguments."""
    return "\n\n".join(_section(name, command) for name, command in _commands())


def _commands() -> Iterator[tuple[str, Any]]:
    for name, app in sorted(get_commands().items()):
        if app.split(".")[0] in OURS:
            yield name, load_command_class(app, name)


def _section(name: str, command: Any) -> str:
    parser = _Parser(prog=f"manage.py {name}")
    command.add_arguments(parser)
    helps = [one.format_help().rstrip() for one in parser.verbs or [parser]]
    return f"## `{name}`\n\n{command.help}\n\n```text\n" + "\n\n".join(helps) + "\n```"
