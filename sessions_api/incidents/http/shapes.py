"""The response shapes of incidents in v5."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from sessions_api.http.schemas import TIMESTAMP, flag, integer, nullable, text
from sessions_api.http.shapes import Field, Shape, page_of, timestamp
from sessions_api.incidents.http.job_shapes import COUNT, FILTERED, MAIL, SIGN_OUT, moment
from sessions_api.incidents.models import (
    Incident,
    Note,
    OwnersMail,
    Participation,
    SignOut,
    SignOutState,
)
from sessions_api.incidents.services.newest import Newest
from sessions_api.incidents.services.previews import CommonValue, Preview
from sessions_api.incidents.services.timeline import Entry

T = TypeVar("T")


@dataclass(frozen=True)
class ShownIncident:
    """An incident with what belongs to it."""

    incident: Incident
    participants: Newest[Participation] = field(default_factory=Newest)
    sign_outs: Newest[SignOut] = field(default_factory=Newest)
    mails: Newest[OwnersMail] = field(default_factory=Newest)


ITEM: Shape[Incident] = Shape(
    id=Field(integer("The incident's id.", minimum=1), lambda one: one.pk),
    name=Field(text(), lambda one: one.name),
    closedAt=Field(
        nullable(text("Null while it is open.", **TIMESTAMP)), lambda one: moment(one.closed_at)
    ),
)
INCIDENT_LIST = page_of(ITEM)
PARTICIPANT: Shape[Participation] = Shape(
    name=Field(text(), lambda one: one.actor_name),
    since=Field(TIMESTAMP, lambda one: timestamp(one.since)),
)


def _all(shape: Shape[T], rows_of: Callable[[ShownIncident], Iterable[T]]) -> Field[ShownIncident]:
    rows = shape.array()
    return Field(rows.schema, lambda shown: rows.get(rows_of(shown)))


def _more(number_of: Callable[[ShownIncident], int]) -> Field[ShownIncident]:
    return Field(integer("How many older ones are left out.", minimum=0), number_of)


INCIDENT: Shape[ShownIncident] = Shape[Incident](
    **ITEM.fields,
    closedBy=Field(nullable(text()), lambda one: one.closed_by_name or None),
    beganAt=Field(TIMESTAMP, lambda one: timestamp(one.began_at)),
    openedAt=Field(TIMESTAMP, lambda one: timestamp(one.opened_at)),
    openedBy=Field(text(), lambda one: one.opened_by_name),
    filter=FILTERED,
).of(
    lambda shown: shown.incident,
    participants=_all(PARTICIPANT, lambda shown: shown.participants.oldest_first()),
    moreParticipants=_more(lambda shown: shown.participants.more),
    signOuts=_all(SIGN_OUT, lambda shown: shown.sign_outs.rows),
    moreSignOuts=_more(lambda shown: shown.sign_outs.more),
    mails=_all(MAIL, lambda shown: shown.mails.rows),
    moreMails=_more(lambda shown: shown.mails.more),
)

NOTE: Shape[Note] = Shape(
    id=Field(integer(minimum=1), lambda note: note.pk),
    text=Field(text(), lambda note: note.text),
    createdAt=Field(TIMESTAMP, lambda note: timestamp(note.at)),
    createdBy=Field(text(), lambda note: note.actor_name),
)


def _of_sign_out(schema: dict[str, object], get: Callable[[SignOut], object]) -> Field[Entry]:
    """Return a field that is null in other entries."""
    return Field(nullable(schema), lambda entry: get(entry.sign_out) if entry.sign_out else None)


ENTRY: Shape[Entry] = Shape(
    at=Field(TIMESTAMP, lambda entry: timestamp(entry.at)),
    by=Field(text(), lambda entry: entry.by),
    kind=Field(
        text("`note`, `sign_out`, or the kind of an audit event."), lambda entry: entry.kind
    ),
    text=Field(text("The note, the reason, or what it was done to."), lambda entry: entry.text),
    subject=Field(
        nullable(text("The user that it was done to.")), lambda entry: entry.subject or None
    ),
    signOut=_of_sign_out(integer("The id of the sign-out."), lambda one: one.pk),
    state=_of_sign_out(
        text(f"That of the sign-out now: {', '.join(SignOutState.values)}."), lambda one: one.state
    ),
    ended=_of_sign_out(integer("How many sessions it has ended so far."), lambda one: one.ended),
    expected=_of_sign_out(
        integer("Sessions at the start; null if there were too many to count."),
        lambda one: one.preview.get("sessions"),
    ),
    decidedBy=_of_sign_out(
        text("Who has approved or declined it."), lambda one: one.decided_by_name or None
    ),
)
TIMELINE: Shape[Iterable[Entry]] = Shape(items=ENTRY.array())

COMMON: Shape[CommonValue] = Shape(
    value=Field(text(), lambda one: one.value),
    sessions=Field(COUNT, lambda one: one.sessions),
)


def _common(values_of: Callable[[Preview], Iterable[CommonValue]]) -> Field[Preview]:
    rows = COMMON.array()
    return Field(
        {**rows.schema, "description": "The most frequent ones."},
        lambda shown: rows.get(values_of(shown)),
    )


#: Renders a preview, and whether a sign-out would need approval.
PREVIEW: Shape[tuple[Preview, bool]] = Shape[Preview](
    sessions=Field(
        nullable(integer("Active sessions; null if there are too many to count.", minimum=0)),
        lambda shown: shown.sessions,
    ),
    estimated=Field(
        integer("The database's estimate if they were not counted; 0 if it has none.", minimum=0),
        lambda shown: shown.estimated,
    ),
    users=Field(
        nullable(integer("Their owners; null if they were not counted.", minimum=0)),
        lambda shown: shown.users,
    ),
    skipped=Field(
        nullable(
            integer("Further sessions, of superusers, which only superusers may end.", minimum=0)
        ),
        lambda shown: shown.skipped,
    ),
    own=Field(integer("How many are the caller's own.", minimum=0), lambda shown: shown.own),
    locations=_common(lambda shown: shown.locations),
    browsers=_common(lambda shown: shown.browsers),
    dialects=_common(lambda shown: shown.dialects),
).of(
    lambda both: both[0],
    needsApproval=Field(
        flag("Whether somebody else has to approve a sign-out."), lambda both: both[1]
    ),
)
