"""``manage.py killswitch list | on NAME --reason WHY | off NAME --reason WHY | history NAME``.

``drill NAME`` or ``drill all`` tries the endpoints that switches close, without touching anybody.

With ``--for 15m`` or ``--until 2030-01-31T12:00``, ``on`` turns the switch off again at that time.
With ``--network 203.0.113.0/24`` and the like, it turns it on only for some callers.
"""

from argparse import ArgumentTypeError
from datetime import datetime
from typing import Any, cast

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error
from django.forms import DateTimeField
from django.utils import timezone

from ... import services
from ...command_line import Table, escaped, operator_name
from ...condition_arguments import add_condition_arguments, conditions_of, line_of
from ...conditions.conditions import Conditions
from ...durations import duration
from ...registry import Switch, UnknownSwitch, registry
from ..drilling import drill

#: Stands for all switches. No switch has this name, in lower case.
ALL = "all"


class Command(BaseCommand):
    """Lists and flips kill switches. It needs only the database, so it works during an outage."""

    help = "List the kill switches, turn one on or off, drill them, or show the history of one."
    # A fault elsewhere in the project must not prevent an emergency stop.
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Add a subparser for each verb."""
        verbs = parser.add_subparsers(
            dest="verb", required=True, metavar="list|on|off|history|drill"
        )
        verbs.add_parser("list", help="all switches with their state")
        for verb in ("on", "off"):
            flip = verbs.add_parser(verb, help=f"turn a switch {verb}")
            flip.add_argument("switch", metavar="NAME", help="name, in any case, or number")
            flip.add_argument("--reason", required=True, help="why; kept in the history")
            if verb == "on":
                end = flip.add_mutually_exclusive_group()
                end.add_argument(
                    "--for", dest="until", type=_from_now, metavar="15m|1h|1d", help="for how long"
                )
                end.add_argument(
                    "--until",
                    type=_point_in_time,
                    metavar="ISO8601",
                    help="when it turns off automatically",
                )
                add_condition_arguments(flip)
        history = verbs.add_parser(
            "history", help=f"the newest {services.HISTORY_LENGTH} flips of a switch"
        )
        history.add_argument("switch", metavar="NAME", help="name, in any case, or number")
        drill = verbs.add_parser(
            "drill", help="try the endpoints that a switch closes, for a made-up caller"
        )
        drill.add_argument("switch", metavar="NAME|all", help="name, in any case, number, or all")

    def handle(self, *_args: object, verb: str, **options: Any) -> None:
        """Run the verb.

        :raises CommandError: the switch is unknown, the reason is empty, the end is in the past or
            too far ahead, a condition is invalid, a drill finds a fault, or the database fails.
        """
        try:
            if verb == "list":
                self._list()
            elif verb == "history":
                self._history(_switch(options["switch"]))
            elif verb == "drill":
                is_all = options["switch"].lower() == ALL
                drill(list(registry) if is_all else [_switch(options["switch"])], self.stdout)
            else:
                switch, reason = _switch(options["switch"]), options["reason"]
                conditions = conditions_of(options) if verb == "on" else None
                self._flip(switch, verb == "on", reason, options.get("until"), conditions)
        except Error as error:
            raise CommandError(f"Nothing was changed: {error}") from error

    def _list(self) -> None:
        rows = [
            (
                str(state.switch.number),
                state.switch.name,
                _on_or_off(state.enabled),
                _formatted(state.changed_at),
                _formatted(state.until),
                line_of(state.conditions),
                state.changed_by_name,
                state.reason,
            )
            for state in services.states()
        ]
        Table(self.stdout, "NO", "NAME", "STATE", "SINCE", "UNTIL", "ONLY FOR", "BY", "WHY").write(
            rows
        )

    def _history(self, switch: Switch) -> None:
        rows = [
            (
                _formatted(flip.at),
                _on_or_off(flip.enabled),
                _formatted(flip.until),
                line_of(flip.conditions) if flip.enabled else "",
                flip.actor_name,
                flip.reason,
            )
            for flip in services.history(switch.number)
        ]
        if rows:
            Table(self.stdout, "AT", "TURNED", "UNTIL", "ONLY FOR", "BY", "WHY").write(rows)
        else:
            self.stdout.write(f"{switch.name} has never been flipped.")

    def _flip(
        self,
        switch: Switch,
        enabled: bool,
        reason: str,
        until: datetime | None,
        conditions: Conditions | None,
    ) -> None:
        if not services.one_line(reason):
            raise CommandError("--reason must not be empty.")
        try:
            changed = services.set_switch(
                switch,
                enabled,
                until=until,
                conditions=conditions,
                actor_name=operator_name(),
                reason=reason,
            )
        except services.InvalidUntil as error:
            raise CommandError(str(error)) from error
        state = f"{_on_or_off(enabled)} until {_formatted(until)}" if until else _on_or_off(enabled)
        if changed:
            self.stdout.write(f"{switch.name} is now {state}.")
        else:
            self.stdout.write(f"{switch.name} was already {state}; nothing changed.")
        if enabled:
            self._say_for_whom(switch)

    def _say_for_whom(self, switch: Switch) -> None:
        """Say that a switch is on for some callers only, perhaps by conditions that it had kept."""
        state = next(state for state in services.states() if state.switch == switch)
        if state.conditions:
            line = escaped(line_of(state.conditions), self.stdout)
            self.stdout.write(f"It is on ONLY for callers with: {line}. For all: --for-everybody.")


def _switch(text: str) -> Switch:
    """Return a switch by its number or its name, in upper or lower case."""
    try:
        return registry.by_number(int(text)) if text.isdecimal() else registry.get(text.upper())
    except (UnknownSwitch, ValueError) as error:
        names = ", ".join(switch.name for switch in registry)
        raise CommandError(f"Unknown switch {text!r}. There are: {names}.") from error


def _from_now(text: str) -> datetime:
    try:
        return timezone.now() + duration(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from error


def _point_in_time(text: str) -> datetime:
    """Return the time in an ISO 8601 text, by default in Django's current time zone."""
    try:
        return cast(datetime, DateTimeField().clean(text))
    except ValidationError as error:
        raise ArgumentTypeError(
            f"{text!r} is not a date and time such as 2030-01-31T12:00."
        ) from error


def _on_or_off(enabled: bool) -> str:
    return "on" if enabled else "off"


def _formatted(at: datetime | None) -> str:
    if at is None:
        return ""
    local = timezone.localtime(at) if timezone.is_aware(at) else at
    return local.isoformat(sep=" ", timespec="seconds")
