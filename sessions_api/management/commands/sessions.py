"""``manage.py sessions list | show ID | end --reason WHY``, and ``end --resume ID``."""

import json
import os
import sys
from argparse import ArgumentTypeError
from dataclasses import asdict
from itertools import chain, islice
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error

from killswitches.command_line import escaped
from killswitches.models import REASON_LENGTH
from killswitches.services import one_line
from sessions_api.management.ending import (
    Outcome,
    confirm,
    end,
    find_open,
    in_words,
    remaining,
    require_one_owner,
    require_one_user,
    run,
)
from sessions_api.management.output import (
    SessionLines,
    SessionTable,
    write_document,
    write_facts,
)
from sessions_api.management.selection import (
    USAGE,
    add_selection,
    add_user,
    is_selected,
    keys_of,
    search_of,
    session_id,
)
from sessions_api.services.session_search import PAGE, SessionSearch

NOTHING = "No active session matches."


class Command(BaseCommand):
    """Lists, shows and ends sessions. It needs only the database, so it works during an outage."""

    help = (
        "List active sessions, show one, or end all that match. It ends anybody's sessions, those "
        "of superusers too; the audit log names who ran it, as the command line."
    )
    # A fault elsewhere in the project must not keep an operator from ending sessions.
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Add a subparser for each verb."""
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="list|show|end")
        # An abbreviated option could mean another one in a newer version.
        lister = verbs.add_parser("list", help="list active sessions", allow_abbrev=False)
        add_selection(lister)
        lister.add_argument(
            "--limit",
            type=_limit,
            default=50,
            metavar="N",
            help="maximum number of sessions, the newest first; 50 by default, 0 for all",
        )
        _add_json(lister, "JSON Lines: one object per session")
        shower = verbs.add_parser("show", help="show one session", allow_abbrev=False)
        shower.add_argument("session", metavar="ID", type=session_id, help="session ID")
        add_user(shower)
        _add_json(shower, "one JSON object")
        ender = verbs.add_parser("end", help="end all sessions that match", allow_abbrev=False)
        add_selection(ender)
        ender.add_argument("--resume", type=session_id, metavar="ID", help="resume a bulk sign-out")
        ender.add_argument("--reason", default="", help="reason; kept in the audit log")
        ender.add_argument("--dry-run", action="store_true", help="only count the sessions")
        ender.add_argument(
            "--no-input",
            "--noinput",
            action="store_false",
            dest="interactive",
            help="do not ask for confirmation",
        )
        _add_json(ender, "one JSON object: how many matched and ended")

    def handle(self, *_args: object, verb: str, **options: Any) -> None:
        """Run the verb.

        :raises CommandError: the options are invalid (exit status 2), or the command fails (1).
        """
        try:
            if verb == "list":
                self._list(**options)
            elif verb == "show":
                self._show(**options)
            else:
                self._end(**options)
        except Error as error:
            raise CommandError(f"The database failed: {one_line(str(error))}") from error
        except KeyboardInterrupt as error:
            raise CommandError("Interrupted.") from error
        except BrokenPipeError:
            # The reader has closed the pipe. Python would raise an error again when it flushes.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    def _list(self, *, limit: int, as_json: bool, **options: object) -> None:
        search = self._search(options)
        # One more than is shown, to find out whether there are more.
        rows = chain.from_iterable(search.pages(limit + 1 if limit else PAGE))
        shown = islice(rows, limit or None)
        out = SessionLines(self.stdout) if as_json else SessionTable(self.stdout)
        part = list(islice(shown, PAGE))
        if not part:
            (self._note if as_json else self.stdout.write)(NOTHING)
        while part:
            out.write(part)
            part = list(islice(shown, PAGE))
        if next(rows, None) is not None:
            self._note(f"Only the newest {limit} are shown. --limit shows more; 0 shows all.")

    def _show(self, *, session: int, user: str | None, as_json: bool, **_options: object) -> None:
        search = SessionSearch(session=session, users=keys_of(user))
        rows = list(search.sessions().select_related("user").order_by("pk")[:2])
        if not rows:
            raise CommandError(f"No {'such user' if user else 'user'} has a session {session}.")
        require_one_owner(search, len(rows))
        (write_document if as_json else write_facts)(self.stdout, rows[0])

    def _end(
        self,
        *,
        resume: int | None,
        reason: str,
        dry_run: bool,
        interactive: bool,
        as_json: bool,
        **options: object,
    ) -> None:
        sign_out = None
        if resume is None:
            search = self._search(options)
            require_one_user(search)
            reason = _checked(reason, optional=dry_run)
            sessions = search.sessions().active()
        else:
            if is_selected(options) or reason:
                text = "--resume takes no selection and no reason: the bulk sign-out has its own."
                raise CommandError(text, returncode=USAGE)
            sign_out, search = find_open(resume)
            sessions = remaining(sign_out, search)
        matched = sessions.count()
        require_one_owner(search, matched)
        if interactive and matched and not dry_run:
            confirm(self.stderr, matched, search)
        if dry_run:
            outcome = Outcome(matched, 0, resume)
        elif sign_out is None:
            outcome = end(search, reason, matched)
        else:
            outcome = run(sign_out, search, matched)
        if as_json:
            self.stdout.write(json.dumps(asdict(outcome)))
        elif not (matched or outcome.ended or sign_out):
            self.stdout.write(NOTHING)
        elif dry_run:
            self.stdout.write(
                f"{escaped(str(search), self.stdout)}\nWould end {in_words(matched)}."
            )
        else:
            self.stdout.write(f"Ended {in_words(outcome.ended)}.")

    def _search(self, options: dict[str, object]) -> SessionSearch:
        search = search_of(options)
        if search.users == ():
            self._note("No user has this username, email address or ID.")
        return search

    def _note(self, text: str) -> None:
        self.stderr.write(text, style_func=str)


def _add_json(parser: CommandParser, text: str) -> None:
    parser.add_argument("--json", dest="as_json", action="store_true", help=text)


def _limit(text: str) -> int:
    if text.isascii() and text.isdecimal() and len(text) < 10:
        return int(text)
    raise ArgumentTypeError(f"{text!r} is not a number of sessions.")


def _checked(reason: str, *, optional: bool) -> str:
    reason = one_line(reason)
    if not (reason or optional) or len(reason) > REASON_LENGTH:
        text = f"--reason must say why, in at most {REASON_LENGTH} characters."
        raise CommandError(text, returncode=USAGE)
    return reason
