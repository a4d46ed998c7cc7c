"""The verbs and options of the command that concern a second person."""

from argparse import ArgumentParser
from typing import TYPE_CHECKING

from django.core.management import CommandError
from django.core.management.base import CommandParser, OutputWrapper

from ..command_line import Table, operator_name
from ..condition_arguments import line_of
from ..models import FlipRequest, SwitchFlip
from ..services import InvalidUntil
from ..states import SwitchChanged
from ..times import plain_time
from . import people
from .endings import try_to_record_expiries, waiting_requests
from .errors import CannotDecide
from .people import Person
from .services import confirm, decline

if TYPE_CHECKING:
    from argparse import _SubParsersAction

#: The verbs, with what they do.
VERBS = {
    "requests": "requests that wait for a second person",
    "confirm": "turn a switch on as somebody else requested it",
    "decline": "decline a request, or withdraw your own",
}
_AS = "your account, if the switch needs a second person"


def add_verbs(verbs: "_SubParsersAction[CommandParser]") -> None:
    """Add a subparser for each verb."""
    for verb, meaning in VERBS.items():
        parser = verbs.add_parser(verb, help=meaning)
        if verb == "requests":
            continue
        parser.add_argument("request", type=int, metavar="ID", help="its number in the list")
        parser.add_argument(
            "--as", dest="account", required=True, metavar="USER", help="your account"
        )
        if verb == "decline":
            parser.add_argument("--reason", default="", help="why; kept in the history")


def add_arguments_of_on(parser: ArgumentParser) -> None:
    """Add the options of the verb ``on``."""
    who = parser.add_mutually_exclusive_group()
    who.add_argument("--as", dest="account", metavar="USER", help=_AS)
    who.add_argument(
        "--alone",
        metavar="WHY",
        help="turn it on at once, and say why nobody else can be reached; kept in the history",
    )


def person_of(account: str | None) -> Person:
    """Return who runs the command: the operator, and the account if one is named.

    :raises CommandError: there is no such account, or it may not flip switches.
    """
    if account is None:
        return Person(None, operator_name())
    found = people.by_name(account)
    if found is None or not people.may_flip(found):
        raise CommandError(
            f"The account {account!r} does not exist, or may not flip kill switches."
        )
    return Person(found, f"{found.get_username()}, by {operator_name()}")


def decide(verb: str, key: int, person: Person, reason: str, out: OutputWrapper) -> None:
    """Confirm or decline a request.

    :raises CommandError: it cannot be decided, or not by this person.
    """
    try:
        if verb == "confirm":
            out.write(f"{confirm(key, person).switch.name} is now on.")
        else:
            request = decline(key, person, reason)
            out.write(f"{request.switch.name}: {request.outcome}.")
    except (CannotDecide, InvalidUntil, SwitchChanged) as error:
        raise CommandError(str(error)) from error


def reason_of(flip: SwitchFlip) -> str:
    """Return the reason of a flip, with who had requested it or why there was no second person."""
    if flip.requested_by_name:
        return f"{flip.reason} (requested by {flip.requested_by_name})"
    if flip.alone_because:
        return f"{flip.reason} (without a second person: {flip.alone_because})"
    return flip.reason


def say_that_it_waits(request: FlipRequest, out: OutputWrapper) -> None:
    """Say how a request is confirmed."""
    out.write(
        f"{request.switch.name} is NOT changed yet: it needs a second person until "
        f"{plain_time(request.expires_at)}. To confirm: the admin, or "
        f"killswitch confirm {request.pk} --as USER."
    )


def list_requests(out: OutputWrapper) -> None:
    """List the requests that wait."""
    try_to_record_expiries()
    rows = [
        (
            str(request.pk),
            request.switch.name,
            plain_time(request.requested_at),
            plain_time(request.expires_at),
            plain_time(request.until) if request.until else _length(request),
            line_of(request.conditions),
            request.requested_by_name,
            request.reason,
        )
        for request in waiting_requests()
    ]
    if not rows:
        out.write("No request waits for a second person.")
        return
    head = ("ID", "SWITCH", "REQUESTED", "EXPIRES", "UNTIL", "ONLY FOR", "BY", "WHY")
    Table(out, *head).write(rows)


def _length(request: FlipRequest) -> str:
    return f"for {request.lasts}" if request.lasts else ""
