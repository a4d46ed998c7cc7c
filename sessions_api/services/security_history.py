"""What has happened to an account, as its owner may see it: the audit log without other people.

Staff act for the site, so owners learn what was done and when, but not by whom or from where.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import cast

from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import Max, QuerySet

from sessions_api.databases.windows import Cursor, Indexed, Key, Page, ReadPlan, read_page
from sessions_api.models import AuditEvent, Expiry, PastSession

KEY = Key(AuditEvent, ("at", "pk"))

#: The number of events of a download that are in memory at a time.
CHUNK = 2_000

#: How many of the latest ended sessions are searched for expired ones, and how many are shown.
SEARCHED, EXPIRED = 200, 10

#: The details that owners may see. Others are for staff, or name parts of the program.
DETAILS = frozenset(
    {
        "banned",
        "code",
        "factor",
        "factors",
        "fields",
        "format",
        "location",
        "password",
        "renamed_from",
        "scopes",
        "session",
        "sessions",
        "site",
        "type",
    }
)


def page_of(
    owner: AbstractBaseUser, size: int, *, cursor: Cursor | None = None, upwards: bool = False
) -> Page:
    """Return a page of an account's events, newest first.

    :param cursor: see :func:`~sessions_api.databases.windows.read_page`, as for ``upwards``.
    """
    return _read(_events_of(owner), size, cursor=cursor, upwards=upwards)


def chunks_of(owner: AbstractBaseUser, size: int = CHUNK) -> Iterator[list[AuditEvent]]:
    """Return all events of an account as of now, the newest first, in chunks."""
    newest = AuditEvent.objects.aggregate(pk=Max("pk"))["pk"] or 0
    return _chunks(_events_of(owner).filter(pk__lte=newest), size)


def sessions_ended_by(
    events: Collection[AuditEvent], owner: AbstractBaseUser, most: int
) -> dict[int, dict[int, PastSession]]:
    """Return the sessions of an account that each event has ended, by their ids, in one query.

    An id is free again once its session has ended, so several may have had it: the one that ended
    nearest to the event is meant. Those that ended so long ago that they are no longer kept are
    missing.

    :param most: the maximum number of sessions of an event that are looked for.
    :returns: the sessions by the keys of the events.
    """
    ids = {sid for event in events for sid in ended_ids(event)[:most]}
    if not ids:
        return {}
    # The type checker knows this project's user model only.
    rows = PastSession.objects.filter(user=owner, sid__in=ids)  # type: ignore[misc]
    found: dict[int, list[PastSession]] = defaultdict(list)
    for past in rows.order_by("pk"):
        found[past.sid].append(past)
    return {
        event.pk: {
            sid: _ended_nearest(found[sid], event.at)
            for sid in ended_ids(event)[:most]
            if sid in found
        }
        for event in events
    }


def expired_sessions_of(owner: AbstractBaseUser) -> list[PastSession]:
    """Return the latest sessions of an account that ended without an event: they have expired.

    They are looked for among the latest ones that ended, so that many others cost nothing.
    """
    # The type checker knows this project's user model only.
    latest = PastSession.objects.filter(user=owner).order_by("-pk")[:SEARCHED]  # type: ignore[misc]
    return [past for past in latest if past.cause in Expiry.values][:EXPIRED]


def ended_ids(event: AuditEvent) -> list[int]:
    """Return the ids of the sessions that an event has ended."""
    found = visible_detail(event).get("sessions")
    if event.kind != AuditEvent.Kind.SESSIONS_ENDED or not isinstance(found, list):
        return []
    return [sid for sid in found if isinstance(sid, int)]


def is_by_others(event: AuditEvent) -> bool:
    """Return whether another account has caused an event, such as that of a staff member."""
    return event.actor_id is not None and event.actor_id != event.subject_id


def visible_address(event: AuditEvent) -> str | None:
    """Return from where the owner, or somebody who used their account, has caused an event."""
    return None if is_by_others(event) else event.address


def visible_user_agent(event: AuditEvent) -> str:
    """Return the same for the user agent."""
    return "" if is_by_others(event) else event.user_agent


def visible_detail(event: AuditEvent) -> Mapping[str, object]:
    """Return the details that the owner may see."""
    return {name: value for name, value in event.detail.items() if name in DETAILS}


def _ended_nearest(sessions: Collection[PastSession], moment: datetime) -> PastSession:
    return min(sessions, key=lambda past: abs(past.ended_at - moment))


def _events_of(owner: AbstractBaseUser) -> QuerySet[AuditEvent]:
    return AuditEvent.objects.filter(
        Indexed.equal("subject_id", owner.pk, sorted_by=KEY.columns[0]).condition
    )


def _chunks(events: QuerySet[AuditEvent], size: int) -> Iterator[list[AuditEvent]]:
    cursor = None
    while True:
        page = _read(events, size, cursor=cursor)
        yield cast("list[AuditEvent]", page.rows)
        if (cursor := page.older) is None:
            return


def _read(
    events: QuerySet[AuditEvent], size: int, *, cursor: Cursor | None, upwards: bool = False
) -> Page:
    plan = ReadPlan(behind="subject_id")
    return read_page(events, KEY, size, plan=plan, cursor=cursor, upwards=upwards)
