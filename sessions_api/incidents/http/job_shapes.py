"""The response shapes of filters, sign-outs and mails in v5."""

from collections.abc import Mapping
from datetime import datetime
from typing import TypeVar

from sessions_api.http.schemas import TIMESTAMP, array, flag, integer, nullable, text
from sessions_api.http.shapes import Field, Shape, timestamp
from sessions_api.incidents.models import (
    Incident,
    Job,
    MailState,
    OwnersMail,
    SignOut,
    SignOutState,
)
from sessions_api.incidents.services.searches import search_of
from sessions_api.models import SessionKind
from sessions_api.services.session_search import SessionSearch

J = TypeVar("J", bound=Job)

COUNT = integer(minimum=0)


def moment(at: datetime | None) -> str | None:
    """Return a time for a field that may be null."""
    return None if at is None else timestamp(at)


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
        "declinedBecause": Field(
            nullable(text("Why, if it was declined with a reason.")),
            lambda one: one.declined_because or None,
        ),
        "resumedAt": Field(
            nullable(text("When it was resumed after an interruption.", **TIMESTAMP)),
            lambda one: moment(one.resumed_at),
        ),
        "resumedBy": Field(
            nullable(text("By whom; it runs with their authority since.")),
            lambda one: one.resumed_by_name or None,
        ),
    }
)


MAIL: Shape[OwnersMail] = _job(
    {
        "state": Field(text(enum=MailState.values), lambda one: one.state),
        "text": Field(text(), lambda one: one.text),
        "expected": Field(COUNT, lambda one: one.expected),
        "told": Field(COUNT, lambda one: one.told),
        "skipped": Field(
            integer("Owners without an email address, or deleted.", minimum=0),
            lambda one: one.skipped,
        ),
    }
)
