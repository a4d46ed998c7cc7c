"""The response shapes of incidents in v5."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from sessions_api.http.schemas import TIMESTAMP, array, flag, integer, nullable, text
from sessions_api.http.shapes import Field, Shape, page_of, timestamp
from sessions_api.incidents.models import (
    Incident,
    Job,
    Note,
    OwnersMail,
    Participation,
    SignOut,
    SignOutState,
)
from sessions_api.incidents.services.previews import CommonValue, Preview
from sessions_api.incidents.services.timeline import Entry
from sessions_api.models import SessionKind
from sessions_api.services.session_search import SessionSearch

T = TypeVar("T")
J = TypeVar("J", bound=Job)

COUNT = integer(minimum=0)


def moment(at: datetime | None) -> str | None:
    """Return a time for a field that may be null."""
    return None if at is None else timestamp(at)


def search_of(row: Incident | SignOut) -> SessionSearch | None:
    """Return the sessions that a row is about; None if another version has stored them."""
    try:
        return row.search
    except ValueError:
        return None


def _criterion(name: str) -> Field[SessionSearch]:
    return Field(text(), lambda search: getattr(search, name) or None)


def _time(name: str) -> Field[SessionSearch]:
    return Field(TIMESTAMP, lambda search: moment(getattr(search, name)))


FILTER: Shape[SessionSearch] = Shape(
    {
        "users": Field(
            array(text()), lambda search: None if search.users is None else [*search.users]
        ),
        "network": _criterion("network"),
        "location": _criterion("location"),
        "session": Field(integer(minimum=0), lambda search: search.session),
        "browser": _criterion("browser"),
        "device": _criterion("device"),
        "createdAfter": _time("created_after"),
        "createdBefore": _time("created_before"),
        "usedAfter": _time("used_after"),
        "usedBefore": _time("used_before"),
        "dialect": _criterion("dialect"),
        "kind": Field(text(enum=SessionKind.values), lambda search: search.of_kind),
        "everybody": Field(flag(), lambda search: search.is_for_everybody or None),
    }
)


def _filter(row: Incident | SignOut) -> object:
    search = search_of(row)
    return None if search is None else FILTER.render(search)


FILTERED: Field[Incident | SignOut] = Field(
    {**nullable(FILTER.schema), "description": "Null if another version has stored it."}, _filter
)


def _job(fields: Mapping[str, Field[J]]) -> Shape[J]:
    """Return the shape of a piece of work, of which the middle fields are given."""
    return Shape[J](
        id=Field(integer(minimum=1), lambda job: job.pk),
        **fields,
        error=Field(
            nullable(text("Why it was interrupted, or is tried again.")),
            lambda job: job.error or None,
        ),
        requestedAt=Field(TIMESTAMP, lambda job: timestamp(job.requested_at)),
        requestedBy=Field(text(), lambda job: job.requested_by_name),
        finishedAt=Field(nullable(TIMESTAMP), lambda job: moment(job.finished_at)),
    )


SIGN_OUT: Shape[SignOut] = _job(
    {
        "state": Field(text(enum=SignOutState.values), lambda one: one.state),
        "reason": Field(text(), lambda one: one.reason),
        "filter": FILTERED,
        "expected": Field(
            nullable(integer("Sessions at the start; null if there were too many to count.")),
            lambda one: one.preview.get("sessions"),
        ),
        "expectedUsers": Field(
            nullable(integer("Their owners; null likewise.")),
            lambda one: one.preview.get("users"),
        ),
        "ended": Field(COUNT, lambda one: one.ended),
        "decidedAt": Field(
            nullable(text("When it was approved or declined.", **TIMESTAMP)),
            lambda one: moment(one.decided_at),
        ),
        "decidedBy": Field(nullable(text()), lambda one: one.decided_by_name or None),
    }
)


def _mail_state(mail: OwnersMail) -> str:
    if mail.is_finished:
        return SignOutState.FINISHED.value
    return (SignOutState.RUNNING if mail.due_at else SignOutState.INTERRUPTED).value


MAIL: Shape[OwnersMail] = _job(
    {
        "state": Field(text(enum=["running", "interrupted", "finished"]), _mail_state),
        "text": Field(text(), lambda one: one.text),
        "expected": Field(COUNT, lambda one: one.expected),
        "told": Field(COUNT, lambda one: one.told),
        "skipped": Field(
            integer("Owners without an email address, or deleted.", minimum=0),
            lambda one: one.skipped,
        ),
    }
)


@dataclass(frozen=True)
class ShownIncident:
    """An incident with what belongs to it."""

    incident: Incident
    participants: Sequence[Participation] = field(default=())
    sign_outs: Sequence[SignOut] = field(default=())
    mails: Sequence[OwnersMail] = field(default=())


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


INCIDENT: Shape[ShownIncident] = Shape[Incident](
    **ITEM.fields,
    closedBy=Field(nullable(text()), lambda one: one.closed_by_name or None),
    beganAt=Field(TIMESTAMP, lambda one: timestamp(one.began_at)),
    openedAt=Field(TIMESTAMP, lambda one: timestamp(one.opened_at)),
    openedBy=Field(text(), lambda one: one.opened_by_name),
    filter=FILTERED,
).of(
    lambda shown: shown.incident,
    participants=_all(PARTICIPANT, lambda shown: shown.participants),
    signOuts=_all(SIGN_OUT, lambda shown: shown.sign_outs),
    mails=_all(MAIL, lambda shown: shown.mails),
)

NOTE: Shape[Note] = Shape(
    id=Field(integer(minimum=1), lambda note: note.pk),
    text=Field(text(), lambda note: note.text),
    createdAt=Field(TIMESTAMP, lambda note: timestamp(note.at)),
    createdBy=Field(text(), lambda note: note.actor_name),
)

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
    signOut=Field(
        nullable(integer("The id of the sign-out.")),
        lambda entry: entry.sign_out.pk if entry.sign_out else None,
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
