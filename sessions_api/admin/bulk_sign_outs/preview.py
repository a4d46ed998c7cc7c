"""What an ending would do now, found in little time however many sessions there are."""

from dataclasses import dataclass

from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import Count

from sessions_api.accounts.kinds import Caller
from sessions_api.accounts.privileges import reaches_everybody, within_reach
from sessions_api.admin.listing.sizes import about, grouped, more_than
from sessions_api.databases.estimates import estimate
from sessions_api.models import UserSession, UserSessionQuerySet
from sessions_api.services.bulk_sign_outs import BATCH, WINDOW

#: How far sessions are counted. Beyond it the database's estimate must do.
COUNTED = 100_000
#: How many sessions are shown.
SHOWN = 10


@dataclass(frozen=True)
class Found:
    """How many sessions there are: counted, or estimated where counting would take long.

    ``sessions`` is None if there are more than were counted; ``users`` is only known with it.
    ``estimated`` is 0 where the database estimates nothing.
    """

    sessions: int | None
    users: int
    estimated: int

    def __str__(self) -> str:
        if self.sessions is not None:
            return grouped(self.sessions)
        return about(self.estimated) if self.estimated else more_than(COUNTED)


@dataclass(frozen=True)
class Preview:
    """What would end, and what would not."""

    found: Found
    sample: list[UserSession]
    #: Of the one who asks.
    own: int
    #: Of superusers, which are not for the one who asks to end.
    skipped: Found | None

    @property
    def at_once(self) -> bool:
        """Whether one transaction would end them all."""
        return self.found.sessions is not None and self.found.sessions <= BATCH


def count_skipped(actor: Caller, sessions: UserSessionQuerySet) -> Found | None:
    """Those of the sessions that live and that the actor may not end; None where there are none."""
    if reaches_everybody(actor):
        return None
    found = count(sessions.filter(user__is_superuser=True))
    return None if found.sessions == 0 else found


def count(sessions: UserSessionQuerySet) -> Found:
    """How many of the sessions live, of how many users."""
    # Without a look at passwords: the planner cannot know that next to all sessions have theirs.
    expected = estimate(sessions.unexpired().order_by()[: COUNTED + 1])
    if expected.is_long:
        return Found(None, 0, expected.rows)
    rows = sessions.active().order_by()[: COUNTED + 1]
    counted = rows.aggregate(sessions=Count("pk"), users=Count("user", distinct=True))
    if counted["sessions"] > COUNTED:
        return Found(None, 0, expected.rows)
    return Found(counted["sessions"], counted["users"], expected.rows)


def preview(actor: AbstractBaseUser, sessions: UserSessionQuerySet) -> Preview:
    """What the actor would do by ending those of the sessions that live."""
    reached = within_reach(actor, sessions, "user__")
    return Preview(
        found=count(reached),
        sample=_newest(reached),
        own=reached.active(owner=actor).filter(user=actor.pk).count(),
        skipped=count_skipped(actor, sessions),
    )


def _newest(sessions: UserSessionQuerySet) -> list[UserSession]:
    newest = sessions.active().select_related("user").order_by("-pk")
    if estimate(sessions.unexpired().order_by("-pk")[:SHOWN]).is_long:
        rows = UserSession.objects.order_by("-pk").values_list("pk", flat=True)
        newest = newest.filter(pk__gte=rows[WINDOW : WINDOW + 1].first() or 0)
    return list(newest[:SHOWN])
