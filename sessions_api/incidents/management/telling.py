"""``manage.py incident tell``, ``stop-mail`` and ``resume-mail``."""

import sys
from pathlib import Path

from django.conf import settings
from django.core.management.base import CommandError, OutputWrapper
from django.db import Error
from django.utils.translation import override

from killswitches.command_line import command_line
from killswitches.services import one_line
from sessions_api.exceptions import ApiError
from sessions_api.incidents.exceptions import IncidentConflict
from sessions_api.incidents.management.finding import (
    find_incident,
    find_mail,
    interruption_in_words,
)
from sessions_api.incidents.management.output import write_lines
from sessions_api.incidents.models import OwnersMail
from sessions_api.incidents.models.jobs import TEXT_LENGTH
from sessions_api.incidents.services import jobs, mails
from sessions_api.incidents.services.incidents import plain_lines, require_open
from sessions_api.management.ending import ask, operator
from sessions_api.management.selection import USAGE


class Telling:
    """The verbs that concern mails to owners.

    :param out: for results.
    :param err: for questions.
    """

    def __init__(self, out: OutputWrapper, err: OutputWrapper) -> None:
        self._out, self._err = out, err

    def tell(
        self,
        *,
        incident: int,
        text: str | None,
        text_file: str | None,
        dry_run: bool,
        interactive: bool,
        **_options: object,
    ) -> None:
        """Write a mail to each owner who was not told yet."""
        found = find_incident(incident)
        text = _checked(_read(text_file) if text_file is not None else text)
        if not mails.can_tell():
            raise IncidentConflict("mail_is_off")
        if not dry_run:
            require_open(found)
        count = mails.untold(found)
        if not count:
            self._out.write("Nobody is left to tell.")
            return
        owners = _in_words(count)
        if dry_run:
            write_lines(self._out, [*text.splitlines(), f"Would tell {owners}."])
            return
        if interactive:
            skip = "Use --no-input to tell them without confirmation."
            ask(self._err, f"{text}\nTell {owners}?", f"{owners} will be told", skip=skip)
        self._run(mails.tell_owners(found, text, actor=operator()))

    def stop(self, *, mail: int, **_options: object) -> None:
        """Stop a mail."""
        stopped = mails.stop_mail(find_mail(mail), actor=operator())
        self._out.write(f"Mail {mail} is stopped, after {_in_words(stopped.told)} had been told.")

    def resume(self, *, mail: int, **_options: object) -> None:
        """Go on with a mail to its end."""
        found = find_mail(mail)
        if found.is_finished:
            raise IncidentConflict("finished")
        self._run(found)

    def _run(self, mail: OwnersMail) -> None:
        try:
            while not mail.is_finished:
                mails.run_mail(mail)
                mail.refresh_from_db()
        except KeyboardInterrupt as error:
            raise CommandError(_interrupted(mail, "Interrupted")) from error
        except Error as error:
            cause = f"The database failed ({one_line(str(error))})"
            raise CommandError(_interrupted(mail, cause)) from error
        except ApiError as error:
            jobs.interrupt(mail, error)
            raise CommandError(f"{interruption_in_words(error)} {_another(mail)}") from error
        if mail.was_stopped:
            raise CommandError(f"Stopped after {_in_words(mail.told)} had been told.")
        self._out.write(
            f"Wrote mails to {_in_words(mail.told)}. The processes of the server send them; where "
            f"none runs: {command_line('send_notices')}"
        )
        if mail.skipped:
            who = _in_words(mail.skipped)
            self._out.write(f"Not told: {who} without an email address, or deleted.")


def _read(name: str) -> str:
    try:
        data = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        return data.decode()
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"Cannot read {name!r}: {error}", returncode=USAGE) from error


def _checked(text: str | None) -> str:
    if text is None:
        # The readers' languages are not known.
        with override(settings.LANGUAGE_CODE):
            return mails.suggested_text()
    text = plain_lines(text)
    if not text or len(text) > TEXT_LENGTH or "\0" in text:
        raise CommandError(
            f"The text of the mail has 1 to {TEXT_LENGTH:,} characters.", returncode=USAGE
        )
    return text


def _interrupted(mail: OwnersMail, cause: str) -> str:
    return (
        f"{cause}. The processes of the server go on with it. To stop it: {_stop(mail)}. "
        f"To go on here: {command_line('incident', 'resume-mail', mail.pk)}"
    )


def _another(mail: OwnersMail) -> str:
    """Return how those are told whom an interrupted mail has not told."""
    tell = command_line("incident", "tell", mail.incident_id)
    return f"To tell the others by another mail: {_stop(mail)}, then {tell}"


def _stop(mail: OwnersMail) -> str:
    return command_line("incident", "stop-mail", mail.pk)


def _in_words(count: int) -> str:
    return f"{count:,} {'owner' if count == 1 else 'owners'}"
