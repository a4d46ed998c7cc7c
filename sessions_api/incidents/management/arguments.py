"""The verbs and options of ``manage.py incident``."""

from argparse import ArgumentTypeError
from typing import TYPE_CHECKING

from django.core.management.base import CommandParser

from sessions_api.management.selection import MOMENT, Once, add_selection, past
from sessions_api.services.session_search import LARGEST_ID

if TYPE_CHECKING:
    from argparse import _ActionsContainer, _SubParsersAction

#: How many entries of a timeline are shown by default.
ENTRIES = 50
SINCE = "when it began"


def add_verbs(parser: CommandParser) -> None:
    """Add a subparser for each verb."""
    verbs = parser.add_subparsers(
        dest="verb", required=True, metavar="list|open|show|preview|end|tell|report|…"
    )
    lister = _add(verbs, "list", "list the open incidents")
    lister.add_argument(
        "--all", dest="everything", action="store_true", help="also those that are closed"
    )
    _json(lister, "JSON Lines: one object per incident")
    opener = _add(verbs, "open", "open an incident, and take part in it")
    opener.add_argument("name", metavar="NAME", help="what is happening, in a few words")
    opener.add_argument("--since", required=True, type=past, metavar=MOMENT, help=SINCE)
    add_selection(opener)
    _json(opener, "one JSON object")
    show = _of_incident(verbs, "show", "its state, sign-outs, mails and timeline")
    show.add_argument(
        "--limit", type=number, default=ENTRIES, metavar="N", help="newest entries of the timeline"
    )
    _json(show, "one JSON object, without the timeline")
    change = _of_incident(verbs, "change", "change its name, time or sessions")
    change.add_argument("--name", action=Once, metavar="NAME")
    change.add_argument("--since", action=Once, type=past, metavar=MOMENT, help=SINCE)
    add_selection(change)
    note = _of_incident(verbs, "note", "write a note on its timeline")
    note.add_argument("text", metavar="TEXT")
    preview = _of_incident(verbs, "preview", "the active sessions that it is about")
    _json(preview, "one JSON object")
    _add_sign_outs(verbs)
    _add_mails(verbs)
    report = _of_incident(
        verbs, "report", "a report as plain text; the audit log names who saved it"
    )
    report.add_argument("--output", metavar="FILE", help="a new file, for its owner only")
    for verb, meaning in (
        ("join", "take part: what you do is on its timeline"),
        ("leave", "take part no longer"),
        ("close", "close it: its timeline ends"),
        ("reopen", "reopen a closed one"),
    ):
        _of_incident(verbs, verb, meaning)


def number(text: str) -> int:
    """Return the number of a row.

    :raises ArgumentTypeError: no row can have it.
    """
    # Python refuses to convert very long numbers.
    if text.isascii() and text.isdecimal() and len(text) < 20 and int(text) <= LARGEST_ID:
        return int(text)
    raise ArgumentTypeError(f"{text!r} is not a number.")


def _add_sign_outs(verbs: "_SubParsersAction[CommandParser]") -> None:
    end = _of_incident(verbs, "end", "end the active sessions that it is about")
    end.add_argument("--reason", default="", metavar="WHY", help="kept in the audit log")
    who = end.add_mutually_exclusive_group()
    _as(who, "your account: it takes part, and if a second person is needed, it requests that")
    who.add_argument(
        "--alone",
        metavar="WHY",
        help="if a second person is needed, and nobody can be reached: end them, and say why",
    )
    end.add_argument("--dry-run", action="store_true", help="only count the sessions")
    _no_input(end)
    _json(end, "one JSON object: the sign-out, and how many matched and ended")
    approve = _of_sign_out(
        verbs, "approve", "approve what somebody else requested, and end the sessions"
    )
    _as(approve, "your account", required=True)
    _no_input(approve)
    decline = _of_sign_out(
        verbs, "decline", "decline what somebody requested, or withdraw your own request"
    )
    _as(decline, "your account", required=True)
    decline.add_argument("--reason", default="", metavar="WHY", help="kept in the audit log")
    _of_sign_out(verbs, "stop", "stop it: the remaining sessions stay active")
    _of_sign_out(verbs, "resume", "go on with one that was interrupted, to its end")


def _add_mails(verbs: "_SubParsersAction[CommandParser]") -> None:
    tell = _of_incident(verbs, "tell", "mail the owners of ended sessions who were not told yet")
    source = tell.add_mutually_exclusive_group()
    source.add_argument("--text", metavar="TEXT", help="by default, a text that suits most cases")
    source.add_argument("--text-file", metavar="FILE", help="a file in UTF-8; - for standard input")
    tell.add_argument("--dry-run", action="store_true", help="only show the text and the number")
    _no_input(tell)
    for verb, meaning in (
        ("stop-mail", "stop a mail: owners who were not told yet are not told"),
        ("resume-mail", "go on with a mail that was interrupted, to its end"),
    ):
        parser = _add(verbs, verb, meaning)
        parser.add_argument("mail", type=number, metavar="MAIL", help="its number, as in “show”")


def _add(verbs: "_SubParsersAction[CommandParser]", verb: str, meaning: str) -> CommandParser:
    # An abbreviated option could mean another one in a newer version.
    return verbs.add_parser(verb, help=meaning, allow_abbrev=False)


def _of_incident(
    verbs: "_SubParsersAction[CommandParser]", verb: str, meaning: str
) -> CommandParser:
    parser = _add(verbs, verb, meaning)
    parser.add_argument("incident", type=number, metavar="ID", help="number of the incident")
    return parser


def _of_sign_out(
    verbs: "_SubParsersAction[CommandParser]", verb: str, meaning: str
) -> CommandParser:
    parser = _add(verbs, verb, meaning)
    parser.add_argument(
        "sign_out", type=number, metavar="SIGN_OUT", help="its number, as in “show”"
    )
    return parser


def _as(parser: "_ActionsContainer", meaning: str, *, required: bool = False) -> None:
    parser.add_argument("--as", dest="account", metavar="USER", help=meaning, required=required)


def _no_input(parser: CommandParser) -> None:
    parser.add_argument(
        "--no-input",
        "--noinput",
        action="store_false",
        dest="interactive",
        help="do not ask for confirmation",
    )


def _json(parser: CommandParser, meaning: str) -> None:
    parser.add_argument("--json", dest="as_json", action="store_true", help=meaning)
