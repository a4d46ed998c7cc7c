"""``manage.py incident end``, ``approve``, ``decline``, ``stop`` and ``resume``."""

import json

from django.core.management.base import CommandError, OutputWrapper
from django.db import Error
from tqdm import tqdm

from killswitches.command_line import command_line
from killswitches.services import one_line
from sessions_api.conf import api_settings
from sessions_api.exceptions import ApiError
from sessions_api.incidents.exceptions import IncidentConflict
from sessions_api.incidents.management.finding import (
    actor_of,
    find_incident,
    find_sign_out,
    interruption_in_words,
    search_of,
)
from sessions_api.incidents.management.output import (
    facts_of_sign_out,
    preview_lines,
    sessions_of,
    write_lines,
)
from sessions_api.incidents.models import SignOut, SignOutState
from sessions_api.incidents.models.jobs import REASON_LENGTH
from sessions_api.incidents.services import jobs, sign_outs
from sessions_api.incidents.services.incidents import require_open
from sessions_api.incidents.services.previews import Preview, needs_approval, preview
from sessions_api.management import ending
from sessions_api.management.ending import ask, operator
from sessions_api.management.selection import USAGE

NOTHING = "No active session matches."
SKIP = "Use --no-input to end them without confirmation."


class Deciding:
    """The verbs that end sessions.

    :param out: for results.
    :param err: for questions.
    """

    def __init__(self, out: OutputWrapper, err: OutputWrapper) -> None:
        self._out, self._err = out, err

    def end(
        self,
        *,
        incident: int,
        reason: str,
        account: str | None,
        alone: str | None,
        dry_run: bool,
        interactive: bool,
        as_json: bool,
        **_options: object,
    ) -> None:
        """End the sessions of an incident, or ask somebody else to approve that."""
        found, actor = find_incident(incident), actor_of(account)
        alone = None if alone is None else _checked("alone", alone)
        reason = one_line(reason) if dry_run else _checked("reason", reason)
        search = search_of(found)
        shown = preview(search, actor=actor)
        lines = [str(search), *preview_lines(shown.as_data())]
        if shown.sessions == 0:
            self._out.write(json.dumps({"matched": 0, "ended": 0}) if as_json else NOTHING)
            return
        if dry_run:
            self._say_what_would_end(shown, lines, as_json=as_json)
            return
        require_open(found)
        self._require_somebody(shown, account, alone)
        count = sessions_of(shown.as_data())
        if interactive:
            ask(self._err, "\n".join([*lines, f"End {count}?"]), f"{count} will end", skip=SKIP)
        sign_out = sign_outs.request_sign_out(
            found, actor=actor, reason=reason, alone_because=alone or ""
        )
        if sign_out.state is SignOutState.WAITING:
            self._say_that_it_waits(sign_out, as_json=as_json)
        else:
            self._run(sign_out, as_json=as_json)

    def approve(
        self, *, sign_out: int, account: str, interactive: bool, **_options: object
    ) -> None:
        """Approve what somebody else has requested, and end the sessions."""
        found, actor = find_sign_out(sign_out), actor_of(account)
        if interactive and found.state is SignOutState.WAITING:
            require_open(found.incident)
            sign_outs.require_another(found, actor)
            count = sessions_of(found.preview)
            lines = [
                f"{found.requested_by_name}: {found.reason}",
                str(search_of(found)),
                *preview_lines(found.preview, requester=found.requested_by_name),
                f"End {count}?",
            ]
            ask(self._err, "\n".join(lines), f"{count} will end", skip=SKIP)
        self._run(sign_outs.approve(found, actor=actor))

    def decline(self, *, sign_out: int, account: str, reason: str, **_options: object) -> None:
        """Decline what somebody has requested, or withdraw it."""
        sign_outs.decline(find_sign_out(sign_out), actor=actor_of(account), reason=reason)
        self._out.write(f"Sign-out {sign_out} is declined. Nothing was ended.")

    def stop(self, *, sign_out: int, **_options: object) -> None:
        """Stop a sign-out, or decline one that waits."""
        found = sign_outs.stop(find_sign_out(sign_out), actor=operator())
        ended = ending.in_words(found.ended)
        self._out.write(f"Sign-out {found.pk} is {found.state.value}, after {ended} had ended.")

    def resume(self, *, sign_out: int, **_options: object) -> None:
        """Go on with a sign-out to its end."""
        self._run(sign_outs.resume(find_sign_out(sign_out), actor=operator()))

    def _require_somebody(self, shown: Preview, account: str | None, alone: str | None) -> None:
        above = api_settings().INCIDENT_APPROVAL_ABOVE
        if account or alone or not needs_approval(shown, above):
            return
        users = "user" if above == 1 else "users"
        which = f"A sign-out of more than {above} {users}" if above else "Every sign-out"
        raise CommandError(
            f"{which} needs a second person. Name your account with --as USER, "
            "so that somebody else can approve it. Or, if nobody else can be reached, say why "
            "with --alone WHY."
        )

    def _say_what_would_end(self, shown: Preview, lines: list[str], *, as_json: bool) -> None:
        needed = needs_approval(shown, api_settings().INCIDENT_APPROVAL_ABOVE)
        if as_json:
            self._out.write(json.dumps(shown.as_data() | {"needs_approval": needed}))
            return
        write_lines(self._out, lines)
        if needed:
            self._out.write("A second person would have to approve this.")

    def _say_that_it_waits(self, sign_out: SignOut, *, as_json: bool) -> None:
        if as_json:
            self._out.write(json.dumps(facts_of_sign_out(sign_out)))
            return
        self._out.write(
            f"NOTHING has ended yet: sign-out {sign_out.pk} needs a second person. To approve: the "
            f"admin, or {command_line('incident', 'approve', sign_out.pk, '--as', 'USER')}"
        )

    def _run(self, sign_out: SignOut, *, as_json: bool = False) -> None:
        """Run a sign-out to its end, with a progress bar on a terminal.

        :raises CommandError: it was interrupted or stopped.
        """
        total = sign_out.preview["sessions"]
        bar = tqdm(total=total, unit=" sessions", desc="Ended", leave=False, disable=None)
        try:
            with bar:
                bar.update(sign_out.ended)
                while not sign_out.is_finished:
                    done = sign_out.ended
                    jobs.run_sign_out(sign_out)
                    sign_out.refresh_from_db()
                    bar.update(sign_out.ended - done)
        except KeyboardInterrupt as error:
            raise CommandError(_interrupted(sign_out, "Interrupted")) from error
        except Error as error:
            cause = f"The database failed ({one_line(str(error))})"
            raise CommandError(_interrupted(sign_out, cause)) from error
        except ApiError as error:
            jobs.interrupt(sign_out, error)
            raise CommandError(
                f"{interruption_in_words(error)} {_going_on(sign_out, error)}"
            ) from error
        if sign_out.was_stopped:
            raise CommandError(f"Stopped after {ending.in_words(sign_out.ended)} had ended.")
        if as_json:
            self._out.write(json.dumps(facts_of_sign_out(sign_out)))
        else:
            self._out.write(f"Ended {ending.in_words(sign_out.ended)}.")


def _interrupted(sign_out: SignOut, cause: str) -> str:
    """Return what happens to a sign-out that this command does not go on with."""
    return (
        f"{cause}. The processes of the server go on with it. To stop it: "
        f"{command_line('incident', 'stop', sign_out.pk)}. "
        f"To go on here: {command_line('incident', 'resume', sign_out.pk)}"
    )


def _going_on(sign_out: SignOut, error: ApiError) -> str:
    """Return what can be done with a sign-out that was interrupted."""
    if isinstance(error, IncidentConflict):
        # Nobody who runs this version can.
        return f"To stop it: {command_line('incident', 'stop', sign_out.pk)}"
    return f"Somebody else can go on: {command_line('incident', 'resume', sign_out.pk)}"


def _checked(name: str, text: str) -> str:
    text = one_line(text)
    if not 0 < len(text) <= REASON_LENGTH:
        raise CommandError(
            f"--{name} must say why, in at most {REASON_LENGTH} characters.", returncode=USAGE
        )
    return text
