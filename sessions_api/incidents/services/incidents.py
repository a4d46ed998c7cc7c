"""Opening, changing and closing incidents, taking part in them, and notes."""

from copy import copy
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max, QuerySet, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from killswitches.services import one_line
from sessions_api.accounts.lookup import lock
from sessions_api.databases.named_locks import lock_name
from sessions_api.incidents.events import IncidentEvent
from sessions_api.incidents.exceptions import IncidentConflict, InvalidIncident
from sessions_api.incidents.models import Incident, Note, Participation
from sessions_api.incidents.models.incidents import NAME_LENGTH, NOTE_LENGTH
from sessions_api.incidents.services.changes import Changes
from sessions_api.services.audit import Actor, record
from sessions_api.services.authority import require_authority
from sessions_api.services.session_search import SessionSearch

#: How long before it was opened an incident's timeline begins at most, for what its opener did.
LONGEST_BEFORE = timedelta(days=1)


def open_incident(
    name: str, *, began_at: datetime, search: SessionSearch, actor: Actor
) -> Incident:
    """Open an incident. Its opener takes part in it, from when it began.

    What they did while they took part in another one is on the timeline of that one only.

    :param name: made one line, and cut to 150 characters.
    :param began_at: when it began; in the future counts as now.
    :param search: the sessions that it is about.
    :raises ApiError: the actor may no longer open incidents.
    """
    with transaction.atomic():
        require_authority(actor)
        now = timezone.now()
        incident = Incident.objects.create(
            name=one_line(name)[:NAME_LENGTH],
            began_at=min(began_at, now),
            criteria=search.as_data(),
            opened_at=now,
            opened_by_id=key_of(actor),
            opened_by_name=actor.shown_name,
        )
        since = max(incident.began_at, now - LONGEST_BEFORE)
        busy_until = _participations_ever(actor).aggregate(at=Max(Coalesce("until", Value(now))))
        if busy_until["at"] is not None:
            since = max(since, busy_until["at"])
        _take_part(incident, actor, since=since)
        record_of(IncidentEvent.OPENED, incident, actor)
    return incident


def change_incident(
    incident: Incident,
    *,
    actor: Actor,
    name: str | None = None,
    began_at: datetime | None = None,
    search: SessionSearch | None = None,
) -> Incident:
    """Change an open incident, as far as anything is given, and take part in it.

    :raises IncidentConflict: it is closed.
    :raises InvalidIncident: it has been deleted.
    """
    with transaction.atomic():
        incident = locked(incident.pk, actor)
        join_locked(incident, actor=actor)
        before = copy(incident)
        if name is not None:
            incident.name = one_line(name)[:NAME_LENGTH]
        if began_at is not None:
            incident.began_at = min(began_at, timezone.now())
        if search is not None:
            incident.criteria = search.as_data()
        if detail := Changes.between(before, incident).as_detail():
            incident.save(update_fields=["name", "began_at", "criteria"])
            record_of(IncidentEvent.CHANGED, incident, actor, **detail)
    return incident


def close_incident(incident: Incident, *, actor: Actor) -> Incident:
    """Close an incident: its timeline ends, and nobody takes part in it any more.

    What runs in the background goes on.

    :raises IncidentConflict: it is closed already.
    """
    with transaction.atomic():
        incident = locked(incident.pk, actor)
        incident.closed_at = timezone.now()
        incident.closed_by_id = key_of(actor)
        incident.closed_by_name = actor.shown_name
        incident.save(update_fields=["closed_at", "closed_by", "closed_by_name"])
        record_of(IncidentEvent.CLOSED, incident, actor)
        # Not as of the time it was closed, for the event that says so is a moment later.
        incident.participations.filter(until=None).update(until=timezone.now())
    return incident


def reopen_incident(incident: Incident, *, actor: Actor) -> Incident:
    """Reopen an incident, if it is closed, and take part in it."""
    with transaction.atomic():
        incident = locked(incident.pk, actor, may_be_closed=True)
        if incident.is_open:
            return incident
        incident.closed_at = incident.closed_by_id = None
        incident.closed_by_name = ""
        incident.save(update_fields=["closed_at", "closed_by", "closed_by_name"])
        join_locked(incident, actor=actor)
        record_of(IncidentEvent.REOPENED, incident, actor)
    return incident


def join(incident: Incident, *, actor: Actor) -> bool:
    """Have the actor take part in an open incident, from now on; they leave any other one.

    :returns: whether they did not yet.
    """
    if participations_of(actor).filter(incident=incident).exists():
        return False
    with transaction.atomic():
        # The same form may have been sent twice.
        return join_locked(locked(incident.pk, actor), actor=actor)


def join_locked(incident: Incident, *, actor: Actor) -> bool:
    """Have the actor take part in an incident that :func:`locked` has returned, if it is open.

    Call it before what the actor does is recorded, so that this is on the timeline.

    :returns: whether they did not yet.
    """
    if not incident.is_open or participations_of(actor).filter(incident=incident).exists():
        return False
    _take_part(incident, actor, since=timezone.now())
    return True


def leave(incident: Incident, *, actor: Actor) -> bool:
    """Have the actor take part no longer.

    :returns: whether they did.
    """
    own = participations_of(actor).filter(incident=incident)
    return bool(own.update(until=timezone.now()))


def add_note(incident: Incident, text: str, *, actor: Actor) -> Note:
    """Write a note on the timeline, and take part in the incident.

    :param text: cut to 2,000 characters.
    :raises IncidentConflict: it is closed.
    """
    with transaction.atomic():
        incident = locked(incident.pk, actor)
        join_locked(incident, actor=actor)
        return Note.objects.create(
            incident=incident,
            actor_id=key_of(actor),
            actor_name=actor.shown_name,
            text=plain_lines(text)[:NOTE_LENGTH],
        )


def plain_lines(text: str) -> str:
    """Return a text without space around it, whose lines end with LF; those of forms with CR LF."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def locked(pk: int, actor: Actor, *, may_be_closed: bool = False) -> Incident:
    """Lock an incident, then authorize the actor again. Call it in the transaction.

    :raises InvalidIncident: there is no such incident.
    :raises IncidentConflict: it is closed.
    :raises ApiError: see :func:`~sessions_api.services.authority.require_authority`.
    """
    # Not against the foreign keys of the owners whom a batch adds: it has locked its sign-out.
    incident = Incident.objects.select_for_update(no_key=True).filter(pk=pk).first()
    if incident is None:
        raise InvalidIncident
    require_authority(actor)
    if not may_be_closed:
        require_open(incident)
    return incident


def require_open(incident: Incident) -> None:
    """Check that an incident is open.

    :raises IncidentConflict: it is closed.
    """
    if not incident.is_open:
        raise IncidentConflict("closed", incident=incident.pk)


def participations_of(actor: Actor) -> QuerySet[Participation]:
    """Return the participations of the actor that have not ended: at most one."""
    return _participations_ever(actor).filter(until=None)


def _participations_ever(actor: Actor) -> QuerySet[Participation]:
    if actor.user is not None:
        return Participation.objects.filter(actor=actor.user.pk)
    return Participation.objects.filter(actor=None, actor_name=actor.shown_name)


def _take_part(incident: Incident, actor: Actor, *, since: datetime) -> None:
    # Else they could take part in two incidents, if they joined both at once.
    if actor.user is None:
        lock_name(actor.shown_name)
    else:
        lock(actor.account)
    participations_of(actor).update(until=timezone.now())
    Participation.objects.create(
        incident=incident, actor_id=key_of(actor), actor_name=actor.shown_name, since=since
    )


def key_of(actor: Actor) -> Any:
    """Return the primary key of the actor's account; None for a command."""
    return actor.user.pk if actor.user else None


def record_of(kind: IncidentEvent, incident: Incident, actor: Actor, **detail: object) -> None:
    """Save an audit event about an incident."""
    record(kind, actor, incident=incident.pk, name=incident.name, **detail)
