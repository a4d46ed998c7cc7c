"""The timeline of an incident: what was done under it, from the audit log and its own tables."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext

from sessions_api.incidents.events import IncidentEvent
from sessions_api.incidents.models import Incident, Participation, SignOut
from sessions_api.models import AuditEvent
from sessions_api.models.audit import KINDS, AuditEventQuerySet

#: The operations that belong on a timeline, if somebody who takes part has done them.
DEEDS = (
    AuditEvent.Kind.BULK_SIGN_OUT_BEGUN,
    AuditEvent.Kind.BULK_SIGN_OUT_CANCELLED,
    AuditEvent.Kind.BANNED,
    AuditEvent.Kind.UNBANNED,
    AuditEvent.Kind.ACCOUNT_SECURED,
    AuditEvent.Kind.LOGIN_LIMITS_RESET,
    AuditEvent.Kind.FACTORS_REMOVED,
    AuditEvent.Kind.SWITCH_ON,
    AuditEvent.Kind.SWITCH_ON_ALONE,
    AuditEvent.Kind.SWITCH_OFF,
    AuditEvent.Kind.SWITCH_REQUESTED,
    AuditEvent.Kind.SWITCH_REQUEST_CONFIRMED,
    AuditEvent.Kind.SWITCH_REQUEST_DECLINED,
    AuditEvent.Kind.SWITCH_REQUEST_WITHDRAWN,
    AuditEvent.Kind.SWITCH_REQUEST_EXPIRED,
    AuditEvent.Kind.AUDIT_EXPORTED,
    *(kind for kind in IncidentEvent if kind is not IncidentEvent.SIGN_OUT_REQUESTED),
)


#: What became of requests, which others decide who need not take part.
DECISIONS = (
    AuditEvent.Kind.SWITCH_ON,
    AuditEvent.Kind.SWITCH_REQUEST_CONFIRMED,
    AuditEvent.Kind.SWITCH_REQUEST_DECLINED,
    AuditEvent.Kind.SWITCH_REQUEST_EXPIRED,
)

#: How many participations one query is about. SQLite refuses a thousand alternatives.
PARTS = 100


@dataclass(frozen=True)
class Entry:
    """An entry of a timeline.

    :param at: when it was done, or requested.
    :param by: who has done it.
    :param kind: the kind of audit event, ``note`` or ``sign_out``.
    :param label: the kind in words, in the active language.
    :param text: the note, the reason, or what it was about.
    :param subject: the name of the user that it was done to; empty if there is none.
    :param event: the audit event; None for notes and sign-outs.
    :param sign_out: the sign-out, with its preview and progress.
    """

    at: datetime
    by: str
    kind: str
    label: str
    text: str = ""
    subject: str = ""
    event: AuditEvent | None = field(default=None, repr=False)
    sign_out: SignOut | None = field(default=None, repr=False)


def timeline(incident: Incident, *, limit: int) -> list[Entry]:
    """Return the newest entries of a timeline, oldest first.

    What is on it: operations of those who took part, while they did, and what became of their
    requests for kill switches; notes; sign-outs. Takes four
    queries, and a further one for each hundred times that somebody took part again.

    :param limit: the maximum number of entries.
    """
    sign_outs = list(incident.sign_outs.order_by("-pk")[:limit])
    entries = [
        *_notes(incident, limit),
        *map(_of_sign_out, sign_outs),
        *_deeds(incident, sign_outs, limit),
    ]
    return sorted(entries, key=lambda one: one.at)[-limit:]


def ends_at(entry: Entry) -> datetime | None:
    """Return when the kill switch that was turned on turns off by itself; None if it does not."""
    until = entry.event.detail.get("until") if entry.event else None
    return datetime.fromisoformat(until) if until else None


def _notes(incident: Incident, limit: int) -> Iterator[Entry]:
    for note in incident.notes.order_by("-pk")[:limit]:
        yield Entry(note.at, note.actor_name, "note", gettext("Note"), note.text)


def _of_sign_out(sign_out: SignOut) -> Entry:
    return Entry(
        sign_out.requested_at,
        sign_out.requested_by_name,
        "sign_out",
        gettext("Sign-out"),
        sign_out.reason,
        sign_out=sign_out,
    )


def _deeds(incident: Incident, sign_outs: Sequence[SignOut], limit: int) -> Iterator[Entry]:
    own = {one.bulk_sign_out_id for one in sign_outs if one.bulk_sign_out_id is not None}
    # Django's get_kind_display() hashes the labels of all kinds for each event.
    labels = dict(KINDS.labelled)
    for event in _events(incident, limit + len(own)):
        is_begin = event.kind == AuditEvent.Kind.BULK_SIGN_OUT_BEGUN
        if is_begin and event.detail.get("bulk_sign_out") in own:
            # The sign-out has an entry already.
            continue
        about = event.detail.get("what") or event.detail.get("switch") or ""
        text = ": ".join(filter(None, (str(about), str(event.detail.get("reason", "")))))
        label = str(labels.get(event.kind, event.kind))
        yield Entry(
            event.at, event.actor_name, event.kind, label, text, event.subject_name, event=event
        )


def _events(incident: Incident, limit: int) -> list[AuditEvent]:
    """Return the newest operations of those who took part, while they did."""
    parts = list(incident.participations.all())
    # Who takes part may do something with another incident, such as save its report.
    about = ~Q(kind__in=IncidentEvent.values) | Q(detail__incident=incident.pk)
    found: dict[int, AuditEvent] = {}
    for begin in range(0, len(parts), PARTS):
        newest = _by(parts[begin : begin + PARTS]).filter(about).order_by("-at", "-pk")[:limit]
        found |= {event.pk: event for event in newest}
    return sorted(found.values(), key=lambda one: (one.at, one.pk), reverse=True)[:limit]


def _by(parts: Sequence[Participation]) -> AuditEventQuerySet:
    by = Q()
    for part in parts:
        who = Q(actor=part.actor_id) if part.actor_id else Q(actor=None, actor_name=part.actor_name)
        who |= Q(kind__in=DECISIONS, detail__requested_by=part.actor_name)
        by |= who & Q(at__gte=part.since, at__lte=part.until or timezone.now())
    first = min(part.since for part in parts)
    return AuditEvent.objects.filter(by, kind__in=DEEDS, at__gte=first)
