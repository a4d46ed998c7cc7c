"""``manage.py incident show`` and ``report``: all that is known of an incident, as plain text."""

import os

from django.core.management.base import CommandError, OutputWrapper
from django.utils import timezone
from django.utils.translation import override

from killswitches.command_line import Table, escaped
from killswitches.times import plain_time
from sessions_api.incidents.events import IncidentEvent
from sessions_api.incidents.management.output import (
    preview_lines,
    what,
    write_lines,
    write_mails,
    write_sign_outs,
    write_timeline,
)
from sessions_api.incidents.models import Incident, SignOut
from sessions_api.incidents.services.incidents import record_of
from sessions_api.incidents.services.newest import newest
from sessions_api.incidents.services.participants import participants
from sessions_api.incidents.services.timeline import timeline
from sessions_api.management.ending import operator

#: The maximum number of entries of the timeline in a report.
ENTRIES = 10_000


def write_incident(out: OutputWrapper, incident: Incident, *, limit: int) -> None:
    """Write everything about an incident.

    :param limit: the maximum number of entries of the timeline, the newest ones.
    """
    _write_facts(out, incident)
    sign_outs, mails = newest(incident.sign_outs.all()), newest(incident.mails.all())
    _head(out, "Sign-outs")
    if not sign_outs.rows:
        out.write("None.")
    else:
        write_sign_outs(out, sign_outs.oldest_first())
        _write_more(out, sign_outs.more, "older ones")
    for one in sign_outs.oldest_first():
        write_lines(out, ["", f"Before sign-out {one.pk}:", *_before(one)])
    _head(out, "Owners of ended sessions")
    owners = incident.owners.count()
    untold = incident.owners.filter(mail=None).count()
    out.write(f"Affected: {owners:,}. Not told yet: {untold:,}.")
    if mails.rows:
        write_mails(out, mails.oldest_first())
        _write_more(out, mails.more, "older mails")
    _head(out, "Timeline")
    # Commands are in English, whatever the language of the site.
    with override("en"):
        entries = timeline(incident, limit=limit + 1)
    if len(entries) > limit:
        out.write(f"Only the newest {limit:,} entries:")
    write_timeline(out, entries[-limit:] if limit else [])


def _before(sign_out: SignOut) -> list[str]:
    return preview_lines(sign_out.preview, requester=sign_out.requested_by_name)


def report(incident: Incident, *, file: str | None, out: OutputWrapper) -> None:
    """Write a report, to a new file or to the output.

    :raises CommandError: the file exists, or cannot be written.
    """
    if file is None:
        record_of(IncidentEvent.REPORTED, incident, operator())
        _write_report(out, incident)
        return
    try:
        # It names users, so nobody else may read it.
        number = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(number, "w", encoding="utf-8") as stream:
            record_of(IncidentEvent.REPORTED, incident, operator())
            _write_report(OutputWrapper(stream), incident)
    except OSError as error:
        raise CommandError(f"Cannot write {file!r}: {error.strerror}.") from error
    out.write(f"Saved: {escaped(file, out)}")


def _write_report(out: OutputWrapper, incident: Incident) -> None:
    title = escaped(f"Incident {incident.pk}: {incident.name}", out)
    out.write(f"{title}\n{'=' * len(title)}\n\n")
    out.write(f"Made at {plain_time(timezone.now())}. Contains personal data.\n\n")
    write_incident(out, incident, limit=ENTRIES)


def _write_facts(out: OutputWrapper, incident: Incident) -> None:
    closed = "open"
    if incident.closed_at:
        closed = f"closed {plain_time(incident.closed_at)} by {incident.closed_by_name}"
    Table(out, "FIELD", "VALUE").write(
        [
            ("id", str(incident.pk)),
            ("name", incident.name),
            ("began", plain_time(incident.began_at)),
            ("opened", f"{plain_time(incident.opened_at)} by {incident.opened_by_name}"),
            ("state", closed),
            ("sessions", what(incident)),
        ]
    )
    _head(out, "Who took part")
    found = participants(incident)
    Table(out, "WHO", "SINCE", "UNTIL").write(
        (one.name, plain_time(one.since), plain_time(one.until) if one.until else "")
        for one in found.people
    )
    _write_more(out, found.more, "more people, who came later")


def _write_more(out: OutputWrapper, more: int, what: str) -> None:
    if more:
        out.write(f"And {more:,} {what}.")


def _head(out: OutputWrapper, title: str) -> None:
    out.write(f"\n{title}\n{'-' * len(title)}")
