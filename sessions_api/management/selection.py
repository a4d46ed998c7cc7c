"""The options of ``manage.py sessions`` that select sessions."""

from argparse import Action, ArgumentError, ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from killswitches.durations import duration
from killswitches.periods import EARLIEST, LATEST
from sessions_api.accounts.lookup import find_accounts
from sessions_api.callers.networks import read_narrow_network
from sessions_api.models import SessionKind
from sessions_api.services.session_search import LARGEST_ID, SessionSearch, is_future

#: The exit status for usage errors.
USAGE = 2

MOMENT = "TIME|AGO"
#: The options that narrow a search.
PARTS = (
    "user",
    "network",
    "location",
    "session",
    "browser",
    "device",
    "created_after",
    "created_before",
    "used_after",
    "used_before",
    "dialect",
    "of_kind",
)


class Once(Action):
    """Store a value once. A repeated option would otherwise silently replace the first value."""

    def __call__(
        self,
        parser: ArgumentParser,
        namespace: Namespace,
        values: object,
        option_string: str | None = None,
    ) -> None:
        if getattr(namespace, self.dest, None) is not None:
            raise ArgumentError(self, "it may be given only once")
        setattr(namespace, self.dest, values)


def add_selection(parser: CommandParser) -> None:
    """Add the options to a parser. They are combined with AND."""
    which = parser.add_argument_group(
        "which sessions",
        "Only active sessions that match all of these. A TIME is ISO 8601 with its zone, such as "
        "2026-11-28T12:00+01:00 (without a zone: that of TIME_ZONE), rounded down to the second. "
        "AGO is how long ago it was: 15m, 2h, 30d.",
    )
    add_user(which)
    which.add_argument("--network", action=Once, type=_network, metavar="ADDRESS|CIDR")
    which.add_argument(
        "--location", action=Once, type=_text, metavar="PART", help="part of the location, any case"
    )
    which.add_argument("--session", action=Once, type=session_id, metavar="ID", help="session ID")
    which.add_argument(
        "--browser", action=Once, type=_text, metavar="NAME", help="exact name, in any case"
    )
    which.add_argument(
        "--device",
        action=Once,
        type=_text,
        metavar="WORDS",
        help="all of these words occur in the session's name, browser, hardware, operating system "
        "or user agent",
    )
    for verb in ("created", "used"):
        for side in ("after", "before"):
            hint = " (a session that was never used: created)" if verb == "used" else ""
            which.add_argument(
                f"--{verb}-{side}",
                action=Once,
                type=past if side == "after" else moment,
                metavar=MOMENT,
                help=f"{'last ' if verb == 'used' else ''}{verb} {side} this time{hint}",
            )
    which.add_argument(
        "--dialect",
        action=Once,
        type=_text,
        metavar="NAME",
        help="dialect of login, such as v5",
    )
    kind = which.add_mutually_exclusive_group()
    for one in SessionKind:
        kind.add_argument(f"--{one.value}", dest="of_kind", action="store_const", const=one)
    which.add_argument("--all", action="store_true", help="everybody's sessions")


def add_user(parser: Any) -> None:
    """Add the option for the owner of sessions."""
    parser.add_argument(
        "--user", action=Once, type=_text, metavar="NAME", help="exact username, email or user ID"
    )


def is_selected(options: Mapping[str, Any]) -> bool:
    """Return whether any of these options is given."""
    return bool(options["all"]) or any(options[name] is not None for name in PARTS)


def search_of(options: Mapping[str, Any]) -> SessionSearch:
    """Return the search for the options.

    :raises CommandError: they select nothing, or both everything and a part of it.
    """
    given = {name: options[name] for name in PARTS if options[name] is not None}
    if options["all"] == bool(given):
        text = (
            "--all cannot be combined with a selection."
            if given
            else "Select sessions, or give --all."
        )
        raise CommandError(text, returncode=USAGE)
    return SessionSearch(users=keys_of(given.pop("user", None)), **given)


def keys_of(user: str | None) -> tuple[str, ...] | None:
    """Return the keys of the users with a name, email address or user id; None for all users."""
    return None if user is None else tuple(sorted(map(str, find_accounts(user))))


def session_id(text: str) -> int:
    """Return a session id.

    :raises ArgumentTypeError: no session can have it.
    """
    # Python refuses to convert very long numbers.
    if text.isascii() and text.isdecimal() and len(text) < 20 and int(text) <= LARGEST_ID:
        return int(text)
    raise ArgumentTypeError(f"{text!r} is not a session ID.")


def _network(text: str) -> str:
    if read_narrow_network(text) is None:
        raise ArgumentTypeError(f"{text!r} is neither an address nor a network such as 10.0.0.0/8.")
    return text


def _text(text: str) -> str:
    if not text.strip() or not text.isprintable():
        raise ArgumentTypeError(f"{text!r} contains unprintable characters, or nothing else.")
    return text


def past(text: str) -> datetime:
    """Return a time that is not in the future, such as that from which sessions are searched.

    :raises ArgumentTypeError: it is neither a time nor an age, or is in the future.
    """
    read = moment(text)
    if is_future(read):
        raise ArgumentTypeError(f"{text!r} is in the future.")
    return read


def moment(text: str) -> datetime:
    """Return the time that a text represents, in UTC.

    :raises ArgumentTypeError: it is neither a time nor an age, or out of range.
    """
    try:
        return (timezone.now() - duration(text)).replace(microsecond=0)
    except ValueError:
        pass  # not a duration, possibly a time
    try:
        read = datetime.fromisoformat(text).replace(microsecond=0)
        aware = read if read.tzinfo else timezone.make_aware(read)
    except (ValueError, OverflowError) as error:
        raise ArgumentTypeError(
            f"{text!r} is neither a time such as 2026-11-28T12:00+00:00 nor an age such as 2h."
        ) from error
    if not EARLIEST <= aware <= LATEST:
        raise ArgumentTypeError(
            f"{text!r} is not between {EARLIEST:%Y-%m-%d} and {LATEST:%Y-%m-%d}."
        )
    return aware.astimezone(UTC)
