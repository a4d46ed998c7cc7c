"""Conditions as arguments and in the output of commands."""

from argparse import ArgumentParser
from collections.abc import Mapping
from dataclasses import fields

from django.core.management import CommandError

from .conditions.conditions import EVERYBODY, Conditions, InvalidCondition, read_conditions
from .previews import require_known_dialect

_ARGUMENTS = {
    "dialect": ("v5", "only for callers of this dialect"),
    "client": ("NAME", "only for this browser or app"),
    "version": ("5.1|<5.2", "only for these of its versions; needs --client"),
    "network": ("CIDR", "only for callers from this network"),
    "share": ("1-99", "only for this percentage of the callers, always the same ones"),
}


def add_condition_arguments(parser: ArgumentParser) -> None:
    """Add an argument for each condition, and ``--for-everybody``."""
    group = parser.add_argument_group(
        "conditions",
        "All that are given must hold. They replace those that the switch has; without any, it "
        "keeps its own.",
    )
    for name, (metavar, meaning) in _ARGUMENTS.items():
        # "version" alone is an option of every command.
        group.add_argument(_option(name), dest=f"only_{name}", metavar=metavar, help=meaning)
    group.add_argument(
        "--for-everybody", action="store_true", help="remove the conditions that the switch has"
    )


def conditions_of(options: Mapping[str, object]) -> Conditions | None:
    """Return the conditions in parsed arguments; None if the switch keeps its own.

    :raises CommandError: one of them is invalid, or they contradict ``--for-everybody``.
    """
    texts = {field.name: options.get(f"only_{field.name}") for field in fields(Conditions)}
    given = {name: text for name, text in texts.items() if isinstance(text, str)}
    if options.get("for_everybody"):
        if given:
            raise CommandError("--for-everybody takes no conditions.")
        return EVERYBODY
    if not given:
        return None
    for name, text in given.items():
        # An empty variable of a script must not turn the switch on for everybody.
        if not text.strip():
            raise CommandError(f"{_option(name)} must not be empty.")
    try:
        conditions = read_conditions(**given)
        require_known_dialect(conditions)
    except InvalidCondition as error:
        raise CommandError(f"{_option(error.kind)}: {error}") from error
    return conditions


def line_of(conditions: Conditions) -> str:
    """Return conditions as one line, such as ``dialect=v5 network=203.0.113.0/24``."""
    return " ".join(f"{name}={text}" for name, text in conditions.as_texts().items())


def _option(name: str) -> str:
    return "--client-version" if name == "version" else f"--{name}"
