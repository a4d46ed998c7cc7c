"""Names and links of the sessions that events mention by their ids."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.contrib.admin import AdminSite
from django.db.models import DateTimeField, F, Value
from django.utils.html import format_html, format_html_join
from django.utils.translation import ngettext

from sessions_api.accounts.kinds import AccountKey
from sessions_api.admin.links import session_url
from sessions_api.models import AuditEvent, PastSession, UserSession


class Named(NamedTuple):
    """A session that an event may mention.

    :param key: the primary key of its row, by which its page is found also after its end.
    :param ended_at: None while it is not known to have ended.
    """

    key: int
    name: str
    created_at: datetime
    ended_at: datetime | None

    def distance(self, event: AuditEvent) -> timedelta:
        """Return how far the event is from what it may tell of this session."""
        tells_end = event.kind == AuditEvent.Kind.SESSIONS_ENDED
        if tells_end and self.ended_at is None:
            return timedelta.max
        return abs(event.at - (self.ended_at if tells_end and self.ended_at else self.created_at))


#: Sessions by their owner's key and their own id. An id is free again once its session has ended,
#: so several may have had it, within the same second.
Names = Mapping[tuple[AccountKey | None, int], Sequence[Named]]

#: The attribute of events that carry them.
_NAMES = "names_of_sessions"


def session_ids(event: AuditEvent) -> list[int]:
    """Return the ids of the sessions that an event mentions. Those of some kinds are numbers."""
    found = event.detail.get("sessions", event.detail.get("session"))
    ids = found if isinstance(found, list) else [event.detail.get("session")]
    return [one for one in ids if isinstance(one, int)]


def names_of_sessions(events: Collection[AuditEvent], most: int) -> Names:
    """Return the sessions that events mention, in two queries for any number of them.

    Those that ended so long ago that they are no longer kept are missing.

    :param most: the maximum number of sessions of an event that are looked for.
    """
    asked = {
        (event.subject_id, sid)
        for event in events
        if event.subject_id is not None
        for sid in session_ids(event)[:most]
    }
    if not asked:
        return {}
    owners, sids = ({*values} for values in zip(*asked, strict=True))
    found: dict[tuple[AccountKey | None, int], list[Named]] = defaultdict(list)
    never = Value(None, DateTimeField())
    for model, key, end in ((PastSession, "session_pk", F("ended_at")), (UserSession, "pk", never)):
        rows = model._base_manager.filter(user__in=owners, sid__in=sids).order_by("pk")
        for owner, sid, *named in rows.values_list("user", "sid", key, "name", "created_at", end):
            found[owner, sid].append(Named(*named))
    return found


def name_sessions(events: Collection[AuditEvent], most: int) -> None:
    """Let events carry the names of the sessions that they mention."""
    names = names_of_sessions(events, most)
    for event in events:
        setattr(event, _NAMES, names)


def session_links(site: AdminSite, event: AuditEvent, most: int) -> str:
    """Return links to the sessions that an event mentions; empty if none of them has a name."""
    names: Names = getattr(event, _NAMES, {})
    ids = session_ids(event)
    known = [_nearest(names.get((event.subject_id, sid), ()), event) for sid in ids[:most]]
    if not any(known):
        return ""
    links = [
        format_html('<a href="{}">{}</a>', session_url(site, one.key), one.name)
        if one
        else str(sid)
        for sid, one in zip(ids, known, strict=False)
    ]
    if (more := len(ids) - len(links)) > 0:
        links.append(ngettext("and %(count)s more", "and %(count)s more", more) % {"count": more})
    return format_html_join(", ", "{}", [(link,) for link in links])


def _nearest(named: Sequence[Named], event: AuditEvent) -> Named | None:
    return min(named, key=lambda one: one.distance(event), default=None)
