"""Previewing which sessions would be ended, in bounded time whatever the size of the table."""

from dataclasses import dataclass

from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import Count

from sessions_api.accounts.kinds import Caller
from sessions_api.accounts.privileges import is_unrestricted, within_reach
from sessions_api.databases.estimates import estimate
from sessions_api.databases.sizes import about, grouped, more_than
from sessions_api.models import UserSession, UserSessionQuerySet
from sessions_api.services.bulk_sign_outs import BATCH, WINDOW

#: The maximum number of sessions to count. More are estimated by the database.
COUNTED = 100_000
#: The number of sessions to show.
SHOWN = 10


@dataclass(frozen=True)
class Found:
    """A number of sessions: counted, or estimated if counting would take long.

    ``sessions`` is None if they were not counted; ``users`` is 0 then. ``estimated`` is 0 if the
    database provides no estimates.
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
    """The sessions that would be ended, and those that would be skipped."""

    found: Found
    sample: list[UserSession]
    #: The number of the actor's own sessions.
    own: int
    #: Sessions of superusers, which the actor may not end.
    skipped: Found | None

    @property
    def at_once(self) -> bool:
        """Whether a single transaction would end them all."""
        return self.found.sessions is not None and self.found.sessions <= BATCH


def count_skipped(actor: Caller, sessions: UserSessionQuerySet) -> Found | None:
    """Count the active sessions that the actor may not end; None if there are none."""
    if is_unrestricted(actor):
        return None
    found = count(sessions.filter(user__is_superuser=True))
    return None if found.sessions == 0 else found


def count(sessions: UserSessionQuerySet) -> Found:
    """Count the active sessions and their users."""
    # Passwords are left out, because the planner cannot know that nearly all marks match.
    expected = estimate(sessions.unexpired().order_by()[: COUNTED + 1])
    if expected.is_long:
        return Found(None, 0, expected.rows)
    rows = sessions.active().order_by()[: COUNTED + 1]
    counted = rows.aggregate(sessions=Count("pk"), users=Count("user", distinct=True))
    if counted["sessions"] > COUNTED:
        return Found(None, 0, expected.rows)
    return Found(counted["sessions"], counted["users"], expected.rows)


def preview(actor: AbstractBaseUser, sessions: UserSessionQuerySet) -> Preview:
    """Return what would happen if the actor ended these sessions."""
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
