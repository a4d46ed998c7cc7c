"""Incidents, previews and timelines for the terminal, for reports, and as JSON."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.core.management.base import OutputWrapper

from killswitches.command_line import Table, escaped
from killswitches.times import plain_time
from sessions_api.databases.sizes import about, more_than
from sessions_api.incidents.models import Incident, OwnersMail, SignOut
from sessions_api.incidents.services.searches import search_of
from sessions_api.incidents.services.timeline import Entry, ends_at
from sessions_api.management.ending import in_words
from sessions_api.services.session_previews import COUNTED

HEAD_OF_SIGN_OUTS = (
    *("SIGN-OUT", "STATE", "REQUESTED", "BY", "SESSIONS", "ENDED"),
    *("RESUMED BY", "SECOND PERSON", "WHY"),
)

#: The columns of a preview whose common values are shown.
COMMON = ("locations", "browsers", "dialects")


def write_incidents(out: OutputWrapper, incidents: Iterable[Incident]) -> None:
    """Write a table of incidents."""
    head = ("ID", "NAME", "BEGAN", "OPENED BY", "STATE", "SESSIONS")
    Table(out, *head).write(
        (
            str(one.pk),
            one.name,
            plain_time(one.began_at),
            one.opened_by_name,
            "open" if one.is_open else "closed",
            what(one),
        )
        for one in incidents
    )


def facts_of(incident: Incident) -> dict[str, object]:
    """Return an incident for JSON."""
    return {
        "id": incident.pk,
        "name": incident.name,
        "began_at": _iso(incident.began_at),
        "opened_at": _iso(incident.opened_at),
        "opened_by": incident.opened_by_name,
        "closed_at": _iso(incident.closed_at),
        "closed_by": incident.closed_by_name or None,
        "sessions": what(incident),
        "criteria": incident.criteria,
    }


def facts_of_sign_out(sign_out: SignOut) -> dict[str, object]:
    """Return a sign-out for JSON."""
    return {
        "id": sign_out.pk,
        "state": sign_out.state.value,
        "requested_at": _iso(sign_out.requested_at),
        "requested_by": sign_out.requested_by_name,
        "reason": sign_out.reason,
        "decided_by": sign_out.decided_by_name or None,
        "declined_because": sign_out.declined_because or None,
        "alone_because": sign_out.alone_because or None,
        "resumed_at": _iso(sign_out.resumed_at),
        "resumed_by": sign_out.resumed_by_name or None,
        "matched": sign_out.preview.get("sessions"),
        "users": sign_out.preview.get("users"),
        "ended": sign_out.ended,
        "error": sign_out.error or None,
    }


def facts_of_mail(mail: OwnersMail) -> dict[str, object]:
    """Return a mail to owners for JSON."""
    return {
        "id": mail.pk,
        "state": mail.state.value,
        "requested_at": _iso(mail.requested_at),
        "requested_by": mail.requested_by_name,
        "finished_at": _iso(mail.finished_at),
        "told": mail.told,
        "skipped": mail.skipped,
        "error": mail.error or None,
    }


def write_lines(out: OutputWrapper, lines: Iterable[str]) -> None:
    """Write lines that may contain what users have chosen."""
    for line in lines:
        out.write(escaped(line, out))


def preview_lines(preview: Mapping[str, object], *, requester: str = "") -> list[str]:
    """Return a preview in words.

    :param preview: the data of :meth:`~sessions_api.incidents.services.previews.Preview.as_data`.
    :param requester: for whom it was made; empty for who reads it.
    """
    lines = [f"Active: {sessions_of(preview)}{_of_users(preview)}"]
    if (skipped := preview["skipped"]) is None:
        lines.append("Skipped: sessions of superusers")
    elif skipped:
        lines.append(f"Skipped: {_counted(skipped)} of superusers")
    if preview["own"]:
        whose = f"of the requester ({requester})" if requester else "your own"
        lines.append(f"Among them {whose}: {_counted(preview['own'])}")
    for column in COMMON:
        common = preview.get(column)
        if isinstance(common, Sequence) and common:
            values = ", ".join(
                f"{one['value'] or 'unknown'} ({one['sessions']:,})" for one in common
            )
            lines.append(f"{column.capitalize()}: {values}")
    return lines


def sessions_of(preview: Mapping[str, object]) -> str:
    """Return the number of sessions of a preview in words."""
    counted, estimated = preview["sessions"], preview["estimated"]
    if isinstance(counted, int):
        return in_words(counted)
    size = about(estimated) if isinstance(estimated, int) and estimated else more_than(COUNTED)
    return f"{size} sessions"


def write_sign_outs(out: OutputWrapper, sign_outs: Iterable[SignOut]) -> None:
    """Write a table of sign-outs."""
    Table(out, *HEAD_OF_SIGN_OUTS).write(
        (
            str(one.pk),
            " ".join(filter(None, (one.state.value, one.error))),
            plain_time(one.requested_at),
            one.requested_by_name,
            sessions_of(one.preview),
            f"{one.ended:,}",
            one.resumed_by_name,
            _second_person(one),
            one.reason,
        )
        for one in sign_outs
    )


def write_mails(out: OutputWrapper, mails: Iterable[OwnersMail]) -> None:
    """Write a table of mails to owners."""
    Table(out, "MAIL", "STATE", "REQUESTED", "BY", "TOLD", "CANNOT BE TOLD", "TEXT").write(
        (
            str(one.pk),
            " ".join(filter(None, (one.state.value, one.error))),
            plain_time(one.requested_at),
            one.requested_by_name,
            f"{one.told:,}",
            f"{one.skipped:,}",
            one.text,
        )
        for one in mails
    )


def write_timeline(out: OutputWrapper, entries: Iterable[Entry]) -> None:
    """Write a timeline, oldest entry first."""
    Table(out, "AT", "BY", "WHAT", "USER", "TEXT").write(
        (plain_time(one.at), one.by, one.label, one.subject, _text(one)) for one in entries
    )


def what(row: Incident) -> str:
    """Return the sessions that an incident is about, in words."""
    return str(search_of(row) or "Another version has stored this search.")


def _text(entry: Entry) -> str:
    detail = entry.event.detail if entry.event else {}
    notes = []
    if conditions := detail.get("only_for"):
        notes.append("only for " + ", ".join(f"{name} {one}" for name, one in conditions.items()))
    if until := ends_at(entry):
        notes.append(f"until {plain_time(until)}")
    if entry.sign_out:
        notes.append(_outcome(entry.sign_out))
    return f"{entry.text} ({'; '.join(notes)})" if notes else entry.text


def _outcome(sign_out: SignOut) -> str:
    outcome = f"{sign_out.ended:,} of {sessions_of(sign_out.preview)} ended, {sign_out.state.value}"
    if not sign_out.decided_by_name:
        return outcome
    if not sign_out.is_declined:
        return f"{outcome}, approved by {sign_out.decided_by_name}"
    because = f": {sign_out.declined_because}" if sign_out.declined_because else ""
    return f"{outcome} by {sign_out.decided_by_name}{because}"


def _second_person(sign_out: SignOut) -> str:
    if sign_out.alone_because:
        return f"none: {sign_out.alone_because}"
    second = "withdrawn" if sign_out.is_withdrawn else sign_out.decided_by_name
    return ": ".join(filter(None, (second, sign_out.declined_because)))


def _of_users(preview: Mapping[str, object]) -> str:
    users = preview["users"]
    if not isinstance(users, int):
        return ""
    return f" of {users:,} {'user' if users == 1 else 'users'}"


def _counted(count: object) -> str:
    return in_words(count) if isinstance(count, int) else str(count)


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None
