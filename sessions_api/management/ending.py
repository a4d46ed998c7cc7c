"""``manage.py sessions end``, by the same services as in the admin."""

import sys
import uuid
from dataclasses import dataclass

from django.core.management.base import CommandError, OutputWrapper
from django.db import Error
from tqdm import tqdm

from killswitches.command_line import command_line, escaped, operator_name
from killswitches.models import NAME_LENGTH
from killswitches.services import one_line
from sessions_api.management.selection import USAGE
from sessions_api.models import BulkSignOut, UserSessionQuerySet
from sessions_api.services.audit import Actor
from sessions_api.services.bulk_sign_outs import begin_bulk_sign_out, end_if_few, run_next_batch
from sessions_api.services.session_search import SessionSearch

#: What to type to confirm.
YES = {"y", "yes"}


@dataclass(frozen=True)
class Outcome:
    """The result of ending sessions.

    :param matched: the number of sessions that were counted before.
    :param bulk_sign_out: the id of the bulk sign-out, if it took one.
    """

    matched: int
    ended: int
    bulk_sign_out: int | None


def operator() -> Actor:
    """Return the actor for a command: without an account, and unrestricted."""
    return Actor(name=one_line(operator_name())[:NAME_LENGTH])


def in_words(count: int) -> str:
    """Return a number of sessions in words."""
    return f"{count:,} {'session' if count == 1 else 'sessions'}"


def confirm(out: OutputWrapper, count: int, what: object) -> None:
    """Ask for confirmation on the terminal before sessions end.

    :raises CommandError: see :func:`ask`.
    """
    ask(
        out,
        f"{what}\nEnd {in_words(count)}?",
        f"{in_words(count)} will end",
        skip="Use --no-input to end them without confirmation.",
    )


def ask(out: OutputWrapper, question: str, consequence: str, *, skip: str) -> None:
    """Ask for confirmation on the terminal.

    :param question: lines; the last one is the question.
    :param consequence: what nobody can confirm without a terminal.
    :param skip: how to go without confirmation.
    :raises CommandError: the answer was not yes, or there is no terminal.
    """
    if not sys.stdin.isatty():
        raise CommandError(
            f"Without a terminal, nobody can confirm that {consequence}. Nothing was changed. "
            f"{skip}",
            returncode=USAGE,
        )
    lines = "\n".join(escaped(line, out) for line in question.splitlines())
    out.write(f"{lines} [y/N] ", style_func=str, ending="")
    out.flush()
    try:
        answer = input()
    except (EOFError, KeyboardInterrupt):
        answer = ""
    if answer.strip().lower() not in YES:
        raise CommandError("Nothing was changed.")


def require_one_owner(search: SessionSearch, matched: int) -> None:
    """Check that a session id that is given without its user is the id of one session only.

    :raises CommandError: several users have a session with this id.
    """
    if search.session is not None and search.users is None and matched > 1:
        text = f"Several users have a session {search.session}. Name the owner with --user."
        raise CommandError(text, returncode=USAGE)


def require_one_user(search: SessionSearch) -> None:
    """Check that a name that is given means one user only.

    Somebody may have chosen another one's ID or email address as their username.

    :raises CommandError: it means several users.
    """
    if search.users and len(search.users) > 1:
        text = f"{len(search.users)} users have this username, email address or ID: those with the"
        raise CommandError(f"{text} IDs {' and '.join(search.users)}.", returncode=USAGE)


def end(search: SessionSearch, reason: str, matched: int) -> Outcome:
    """End the sessions that match.

    :raises CommandError: it was interrupted, or cancelled in the admin.
    """
    actor, sessions = operator(), search.sessions()
    ended = end_if_few(sessions, actor=actor, reason=reason, owners=search.owners)
    if ended is not None:
        return Outcome(matched, len(ended), None)
    sign_out = begin_bulk_sign_out(
        uuid.uuid4(),
        actor=actor,
        reason=reason,
        what=str(search),
        criteria=search.as_data(),
        spares_superusers=False,
        expected=matched,
        owners=search.owners,
    )
    return run(sign_out, search, matched)


def find_open(pk: int) -> tuple[BulkSignOut, SessionSearch]:
    """Return a bulk sign-out that can be resumed, and its search.

    :raises CommandError: there is none with this id, it has ended, or only the admin can resume it.
    """
    sign_out = BulkSignOut.objects.filter(pk=pk).first()
    if sign_out is None:
        raise CommandError(f"There is no bulk sign-out {pk}.")
    if not sign_out.is_open:
        how = "was stopped" if sign_out.cancelled else "has finished"
        raise CommandError(f"Bulk sign-out {pk} {how} after {in_words(sign_out.ended)}.")
    try:
        return sign_out, SessionSearch.from_data(sign_out.criteria)
    except ValueError as error:
        raise CommandError(
            f"Bulk sign-out {pk} was started in the admin. Resume it there."
        ) from error


def remaining(sign_out: BulkSignOut, search: SessionSearch) -> UserSessionQuerySet:
    """Return the sessions that a bulk sign-out has not ended yet."""
    return search.sessions().active().filter(pk__lte=sign_out.next_pk)


def run(sign_out: BulkSignOut, search: SessionSearch, matched: int) -> Outcome:
    """Run a bulk sign-out to its end, with a progress bar on a terminal.

    :raises CommandError: it was interrupted, or cancelled in the admin.
    """
    before = sign_out.ended
    actor, sessions = operator(), search.sessions()
    resume = f"Resume with: {command_line('sessions', 'end', '--resume', sign_out.pk)}"
    bar = tqdm(total=matched, unit=" sessions", desc="Ended", leave=False, disable=None)
    try:
        with bar:
            while sign_out.is_open:
                done = sign_out.ended
                sign_out = run_next_batch(sign_out, sessions, actor=actor, indexed=search.indexed)
                bar.update(sign_out.ended - done)
    except KeyboardInterrupt as error:
        sign_out.refresh_from_db()
        text = f"Interrupted after {in_words(sign_out.ended)} had ended. {resume}"
        raise CommandError(text) from error
    except Error as error:
        text = f"The database failed ({one_line(str(error))}). {resume}"
        raise CommandError(text) from error
    if sign_out.cancelled:
        raise CommandError(f"Stopped in the admin after {in_words(sign_out.ended)} had ended.")
    return Outcome(matched, sign_out.ended - before, sign_out.pk)
