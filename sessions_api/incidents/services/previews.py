"""What ending the sessions of an incident would do, before anything is done."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from django.db.models import Count

from sessions_api.accounts.privileges import within_reach
from sessions_api.databases.estimates import rounded
from sessions_api.models import UserSessionQuerySet
from sessions_api.services.audit import Actor
from sessions_api.services.session_previews import Found, count, count_skipped
from sessions_api.services.session_search import SessionSearch

#: How many values of each column are listed, the most frequent ones first.
LISTED = 5


@dataclass(frozen=True)
class CommonValue:
    """A value of a column, and in how many of the sessions it is."""

    value: str
    sessions: int


@dataclass(frozen=True)
class Preview:
    """The active sessions that match a search.

    :param sessions: their number; None if counting would take long.
    :param estimated: the database's estimate if they were not counted; 0 if it has none.
    :param users: the number of their owners; None if they were not counted.
    :param skipped: how many more belong to superusers, whom the actor may not log out; None if
        these were not counted.
    :param own: how many are the actor's own.
    """

    sessions: int | None
    estimated: int
    users: int | None
    skipped: int | None
    own: int
    locations: Sequence[CommonValue] = field(default=())
    browsers: Sequence[CommonValue] = field(default=())
    dialects: Sequence[CommonValue] = field(default=())

    def as_data(self) -> dict[str, object]:
        """Return it for JSON."""
        return asdict(self)


def preview(search: SessionSearch, *, actor: Actor) -> Preview:
    """Count the active sessions that match a search. Takes a bounded time.

    :param actor: who would end them. Their authority is not checked.
    """
    sessions = search.sessions()
    reached = within_reach(actor.user, sessions, "user__")
    found = count(reached)
    counted = found.sessions is not None
    return Preview(
        sessions=found.sessions,
        estimated=0 if counted else rounded(found.estimated),
        users=found.users if counted else None,
        skipped=_skipped(actor, sessions),
        own=_own(actor, reached),
        locations=_common(reached, "location") if counted else (),
        browsers=_common(reached, "browser") if counted else (),
        dialects=_common(reached, "dialect") if counted else (),
    )


def needs_approval(shown: Preview, above: int | None) -> bool:
    """Return whether a second person has to approve a sign-out.

    :param above: the number of users above which they have to; None for never. A number that is
        not known counts as above.
    """
    if above is None or shown.sessions == 0:
        return False
    return shown.users is None or shown.users > above


def _skipped(actor: Actor, sessions: UserSessionQuerySet) -> int | None:
    if actor.user is None:
        return 0
    found: Found | None = count_skipped(actor.user, sessions)
    return 0 if found is None else found.sessions


def _own(actor: Actor, sessions: UserSessionQuerySet) -> int:
    if actor.user is None:
        return 0
    return sessions.active(owner=actor.user).filter(user=actor.user.pk).count()


def _common(sessions: UserSessionQuerySet, column: str) -> list[CommonValue]:
    rows = sessions.active().order_by().values_list(column)
    common = rows.annotate(number=Count("pk")).order_by("-number", column)[:LISTED]
    return [CommonValue(value or "", number) for value, number in common]
