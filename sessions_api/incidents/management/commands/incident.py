"""``manage.py incident list | open NAME --since 2h --network 203.0.113.0/24 | show ID | …``.

The usual order is ``open``, ``preview ID``, ``end ID --reason WHY``, ``tell ID``, ``report ID``,
``close ID``. What an operator does meanwhile by any command is on the timeline.
"""

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error

from killswitches.command_line import command_line, escaped
from killswitches.services import one_line
from sessions_api.exceptions import ApiError
from sessions_api.incidents.background import worker
from sessions_api.incidents.management.arguments import add_verbs
from sessions_api.incidents.management.deciding import NOTHING, Deciding
from sessions_api.incidents.management.finding import (
    actor_of,
    find_incident,
    in_words,
    search_of,
)
from sessions_api.incidents.management.output import (
    facts_of,
    facts_of_mail,
    facts_of_sign_out,
    preview_lines,
    write_incidents,
    write_lines,
)
from sessions_api.incidents.management.reporting import report, write_incident
from sessions_api.incidents.management.telling import Telling
from sessions_api.incidents.models import Incident
from sessions_api.incidents.models.incidents import NAME_LENGTH, NOTE_LENGTH
from sessions_api.incidents.services import incidents
from sessions_api.incidents.services.newest import newest
from sessions_api.incidents.services.participants import left_since
from sessions_api.incidents.services.previews import preview
from sessions_api.management.ending import operator, require_one_user
from sessions_api.management.selection import USAGE, is_selected
from sessions_api.management.selection import search_of as search_of_options
from sessions_api.services.audit import Actor
from sessions_api.services.session_search import SessionSearch


class Command(BaseCommand):
    """Works on incidents. It needs only the database, so it works during an outage."""

    help = (
        "Work on an incident: open it, preview and end the sessions that it is about, tell their "
        "owners, and report. It checks no permissions, except of an account named with --as; the "
        "audit log names who ran it, as the command line."
    )
    # A fault elsewhere in the project must not keep an operator from ending sessions.
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Add a subparser for each verb."""
        add_verbs(parser)

    def handle(
        self, *_args: object, verb: str, account: str | None = None, **options: object
    ) -> None:
        """Run the verb.

        :raises CommandError: the options are invalid (exit status 2), or the command fails (1).
        """
        deciding = Deciding(self.stdout, self.stderr)
        telling = Telling(self.stdout, self.stderr)
        verbs: dict[str, Callable[..., None]] = {
            "list": self._list,
            "open": self._open,
            "show": self._show,
            "change": self._change,
            "note": self._note,
            "preview": self._preview,
            "end": deciding.end,
            "approve": deciding.approve,
            "decline": deciding.decline,
            "stop": deciding.stop,
            "resume": deciding.resume,
            "tell": telling.tell,
            "stop-mail": telling.stop,
            "resume-mail": telling.resume,
            "report": self._report,
            "join": self._join,
            "leave": self._leave,
            "close": self._close,
            "reopen": self._reopen,
        }
        try:
            # This process runs the jobs itself, and may end before a thread does.
            with worker().paused(), self._leaving_as_line(actor_of(account)):
                verbs[verb](account=account, **options)
        except ApiError as error:
            raise CommandError(in_words(error)) from error
        except Error as error:
            raise CommandError(f"The database failed: {one_line(str(error))}") from error
        except KeyboardInterrupt as error:
            raise CommandError("Interrupted.") from error
        except BrokenPipeError:
            # The reader has closed the pipe. Python would raise an error again when it flushes.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    @contextmanager
    def _leaving_as_line(self, actor: Actor) -> Iterator[None]:
        """Say which incident the actor has left, if they joined another one in the block."""
        left = left_since(actor)
        try:
            yield
        finally:
            # If the database has failed, the error of the block says so.
            with suppress(Error):
                if incident := left():
                    text = (
                        f"{actor.shown_name} has left incident {incident.pk}, since everybody "
                        f"takes part in one incident at a time: {incident.name}"
                    )
                    # Not among the output for programs.
                    self.stderr.write(escaped(text, self.stderr), style_func=str)

    def _list(self, *, everything: bool, as_json: bool, **_options: object) -> None:
        found = Incident.objects.all() if everything else Incident.objects.open()
        if as_json:
            for one in found.iterator():
                self.stdout.write(json.dumps(facts_of(one)))
        elif rows := list(found):
            write_incidents(self.stdout, rows)
        else:
            self.stdout.write("There is no incident." if everything else "No incident is open.")

    def _open(self, *, name: str, since: datetime, as_json: bool, **options: object) -> None:
        opened = incidents.open_incident(
            _checked(name, "name", NAME_LENGTH),
            began_at=since,
            search=_search(options),
            actor=operator(),
        )
        if as_json:
            self.stdout.write(json.dumps(facts_of(opened)))
            return
        self._say(opened, "is open")
        self.stdout.write(f"Next: {command_line('incident', 'preview', opened.pk)}")

    def _show(self, *, incident: int, limit: int, as_json: bool, **_options: object) -> None:
        found = find_incident(incident)
        if as_json:
            sign_outs, mails = newest(found.sign_outs.all()), newest(found.mails.all())
            parts: dict[str, object] = {
                "sign_outs": [facts_of_sign_out(one) for one in sign_outs.oldest_first()],
                "more_sign_outs": sign_outs.more,
                "mails": [facts_of_mail(one) for one in mails.oldest_first()],
                "more_mails": mails.more,
                "owners": found.owners.count(),
                "owners_untold": found.owners.filter(mail=None).count(),
            }
            self.stdout.write(json.dumps(facts_of(found) | parts, indent=2))
        else:
            write_incident(self.stdout, found, limit=limit)

    def _change(
        self, *, incident: int, name: str | None, since: datetime | None, **options: object
    ) -> None:
        search = _search(options) if is_selected(options) else None
        if name is None and since is None and search is None:
            text = "Give what to change: --name, --since, or another selection of sessions."
            raise CommandError(text, returncode=USAGE)
        changed = incidents.change_incident(
            find_incident(incident),
            actor=operator(),
            name=None if name is None else _checked(name, "name", NAME_LENGTH),
            began_at=since,
            search=search,
        )
        self._say(changed, "is changed")

    def _note(self, *, incident: int, text: str, **_options: object) -> None:
        text = _checked(text, "text", NOTE_LENGTH)
        incidents.add_note(find_incident(incident), text, actor=operator())
        self.stdout.write("The note is on the timeline.")

    def _preview(self, *, incident: int, as_json: bool, **_options: object) -> None:
        search = search_of(find_incident(incident))
        shown = preview(search, actor=operator())
        if as_json:
            self.stdout.write(json.dumps(shown.as_data()))
        elif shown.sessions == 0:
            write_lines(self.stdout, [str(search), NOTHING])
        else:
            write_lines(self.stdout, [str(search), *preview_lines(shown.as_data())])

    def _report(self, *, incident: int, output: str | None, **_options: object) -> None:
        report(find_incident(incident), file=output, out=self.stdout)

    def _join(self, *, incident: int, **_options: object) -> None:
        found, actor = find_incident(incident), operator()
        incidents.join(found, actor=actor)
        self._say_of(actor, "takes part", found)

    def _leave(self, *, incident: int, **_options: object) -> None:
        found, actor = find_incident(incident), operator()
        incidents.leave(found, actor=actor)
        self._say_of(actor, "no longer takes part", found)

    def _close(self, *, incident: int, **_options: object) -> None:
        self._say(incidents.close_incident(find_incident(incident), actor=operator()), "is closed")

    def _reopen(self, *, incident: int, **_options: object) -> None:
        self._say(incidents.reopen_incident(find_incident(incident), actor=operator()), "is open")

    def _say(self, incident: Incident, state: str) -> None:
        write_lines(self.stdout, [f"Incident {incident.pk} {state}: {incident.name}"])

    def _say_of(self, actor: Actor, what: str, incident: Incident) -> None:
        text = f"{actor.shown_name} {what} in incident {incident.pk}: {incident.name}"
        write_lines(self.stdout, [text])


def _search(options: dict[str, object]) -> SessionSearch:
    """Return the search of the options.

    :raises CommandError: they select nothing, nobody, or several users by one name.
    """
    search = search_of_options(options)
    if search.users == ():
        text = "No user has this username, email address or ID."
        raise CommandError(text, returncode=USAGE)
    require_one_user(search)
    return search


def _checked(text: str, name: str, length: int) -> str:
    text = one_line(text)
    if not 0 < len(text) <= length:
        raise CommandError(f"The {name} has 1 to {length:,} characters.", returncode=USAGE)
    return text
