"""The system checks, from the docstrings of the registered functions."""

import inspect
import re
from collections.abc import Iterator

from django.apps import apps
from django.core.checks.registry import Tags, registry

from from_code.markdown import code, prose
from from_code.markdown import table as markdown_table

OURS = ("sessions_api", "killswitches", "cumulonimbus")
LEVELS = {"E": "error", "W": "warning", "I": "information"}
_ENTRY = re.compile(r"([EWI]\d{3}): (.+?)(?=(?: [EWI]\d{3}: )|$)")


def table() -> str:
    """Return a table of all ids, with their level and when they are checked."""
    return markdown_table(
        ["id", "level", "what it finds", "looked for by"],
        [
            [code(f"{label}.{number}"), LEVELS[number[0]], _sentence(text), command]
            for label, number, text, command in sorted(_entries())
        ],
    )


def _entries() -> Iterator[tuple[str, str, str, str]]:
    for check in registry.get_checks(include_deployment_checks=True):
        app = apps.get_containing_app_config(check.__module__)
        if app is None or app.name.partition(".")[0] not in OURS:
            continue
        commands = _commands(
            of_database=Tags.database in check.tags, deploy=check in registry.deployment_checks
        )
        for number, text in _ENTRY.findall(prose(inspect.getdoc(check))):
            yield app.label, number, text, commands


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]


def _commands(*, of_database: bool, deploy: bool) -> str:
    """Return the commands that run a check."""
    if of_database:
        return f"{code('check --database default')}, {code('migrate')}"
    return code("check --deploy" if deploy else "check")
