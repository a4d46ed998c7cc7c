"""``manage.py killswitch list | on NAME --reason WHY | off NAME --reason WHY | history NAME``.

``drill NAME`` or ``drill all`` tries the endpoints that switches close, without touching anybody.

With ``--for 15m`` or ``--until 2030-01-31T12:00``, ``on`` turns the switch off again at that time.
With ``--network 203.0.113.0/24`` and the like, it turns it on only for some callers.

A switch that needs a second person: ``on NAME --reason WHY --as USER``, then ``requests`` and
``confirm ID --as OTHER`` or ``decline ID --as OTHER``. Or, if nobody else can be reached, ``on NAME
--reason WHY --alone WHY``.
"""

from argparse import ArgumentTypeError
from datetime import datetime, timedelta
from typing import Any, cast

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error
from django.forms import DateTimeField
from django.utils import timezone

from ... import services
from ...approvals import commands as approvals
from ...approvals.people import Person
from ...approvals.services import turn_off, turn_on
from ...approvals.wishes import Wish
from ...command_line import Table, escaped
from ...condition_arguments import add_condition_arguments, conditions_of, line_of
from ...durations import duration
from ...registry import Switch, UnknownSwitch, registry
from ...second_person import SecondPersonNeeded
from ...states import SwitchState
from ...times import local_time
from ..drilling import drill

#: The reminder of a switch that has been on for long and has no end.
OVERDUE = "on for long, without an end"
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
            dest="verb",
            required=True,
            metavar="list|on|off|history|drill|requests|confirm|decline",
        )
        verbs.add_parser("list", help="all switches with their state")
        for verb in ("on", "off"):
            flip = verbs.add_parser(verb, help=f"turn a switch {verb}")
            flip.add_argument("switch", metavar="NAME", help="name, in any case, or number")
            flip.add_argument("--reason", required=True, help="why; kept in the history")
            if verb == "on":
                end = flip.add_mutually_exclusive_group()
                end.add_argument(
                    "--for", dest="lasts", type=_length, metavar="15m|1h|1d", help="for how long"
                )
                end.add_argument(
                    "--until",
                    type=_point_in_time,
                    metavar="ISO8601",
                    help="when it turns off automatically",
                )
                add_condition_arguments(flip)
                approvals.add_arguments_of_on(flip)
        history = verbs.add_parser(
            "history", help=f"the newest {services.HISTORY_LENGTH} flips of a switch"
        )
        history.add_argument("switch", metavar="NAME", help="name, in any case, or number")
        drill = verbs.add_parser(
            "drill", help="try the endpoints that a switch closes, for a made-up caller"
        )
        drill.add_argument("switch", metavar="NAME|all", help="name, in any case, number, or all")
        approvals.add_verbs(verbs)

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
            elif verb == "requests":
                approvals.list_requests(self.stdout)
            elif verb in approvals.VERBS:
                person, why = approvals.person_of(options["account"]), options.get("reason", "")
                approvals.decide(verb, options["request"], person, why, self.stdout)
            elif verb == "off":
                self._turn_off(_switch(options["switch"]), _not_empty("reason", options["reason"]))
            else:
                wish = Wish(
                    _not_empty("reason", options["reason"]),
                    until=options["until"],
                    lasts=options["lasts"],
                    conditions=conditions_of(options),
                    alone_because=_not_empty("alone", options["alone"]),
                )
                person = approvals.person_of(options["account"])
                self._turn_on(_switch(options["switch"]), wish, person)
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
                OVERDUE if state.is_overdue else "",
                state.reason,
            )
            for state in services.states()
        ]
        head = ("NO", "NAME", "STATE", "SINCE", "UNTIL", "ONLY FOR", "BY", "REMINDER", "WHY")
        Table(self.stdout, *head).write(rows)

    def _history(self, switch: Switch) -> None:
        rows = [
            (
                _formatted(flip.at),
                _on_or_off(flip.enabled),
                _formatted(flip.until),
                line_of(flip.conditions) if flip.enabled else "",
                flip.actor_name,
                approvals.reason_of(flip),
            )
            for flip in services.history(switch.number)
        ]
        if rows:
            Table(self.stdout, "AT", "TURNED", "UNTIL", "ONLY FOR", "BY", "WHY").write(rows)
        else:
            self.stdout.write(f"{switch.name} has never been flipped.")

    def _turn_off(self, switch: Switch, reason: str) -> None:
        changed = turn_off(switch, approvals.person_of(None), reason)
        self._say(switch, changed, "off")

    def _turn_on(self, switch: Switch, wish: Wish, person: Person) -> None:
        try:
            answer = turn_on(switch, wish, person)
        except services.InvalidUntil as error:
            raise CommandError(str(error)) from error
        except SecondPersonNeeded as error:
            raise CommandError(
                f"{error} Name your account with --as USER, so that somebody else can confirm it. "
                "Or, if nobody else can be reached, say why with --alone WHY."
            ) from error
        if answer.waiting:
            approvals.say_that_it_waits(answer.waiting, self.stdout)
            return
        state = next(state for state in services.states() if state.switch == switch)
        until = f" until {_formatted(state.until)}" if state.until else ""
        self._say(switch, answer.changed, f"on{until}")
        self._say_for_whom(state)

    def _say(self, switch: Switch, changed: bool, state: str) -> None:
        if changed:
            self.stdout.write(f"{switch.name} is now {state}.")
        else:
            self.stdout.write(f"{switch.name} was already {state}; nothing changed.")

    def _say_for_whom(self, state: SwitchState) -> None:
        """Say that a switch is on for some callers only, perhaps by conditions that it had kept."""
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


def _not_empty(name: str, text: str | None) -> str:
    """Return the text of an option; "" if it was not given."""
    # An empty variable of a script is no reason.
    if text is not None and not services.one_line(text):
        raise CommandError(f"--{name} must not be empty.")
    return text or ""


def _length(text: str) -> timedelta:
    try:
        return duration(text)
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
    local = local_time(at) if timezone.is_aware(at) else at
    return local.isoformat(sep=" ", timespec="seconds")
