"""The maximum number of sessions per user, separately for full and scoped sessions.

Sessions of the console do not count: nobody must be kept out of it by logins elsewhere.
"""

from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models.functions import Coalesce

from sessions_api.conf import api_settings
from sessions_api.exceptions import TooManySessions
from sessions_api.models import SessionKind, UserSession, UserSessionQuerySet
from sessions_api.services.audit import Actor
from sessions_api.services.ended_sessions import EndCause
from sessions_api.services.sessions import end_sessions

#: The reason in the audit log.
REASON = "more sessions than SESSIONS_PER_USER allows"
SCOPED_REASON = "more sessions than SCOPED_SESSIONS_PER_USER allows"


def make_room(
    owner: AbstractBaseUser, active: UserSessionQuerySet, *, scoped: bool, actor: Actor
) -> None:
    """Make room for another session of a user, by ending the least recently used ones if necessary.

    Takes no query unless the settings cap the number. The caller holds the account's lock, so that
    parallel logins cannot exceed the cap.

    :param owner: as read with that lock.
    :param active: the user's active sessions.
    :param scoped: the kind of session that is about to begin.
    :raises TooManySessions: the user has as many as allowed, and ``END_EXCESS_SESSIONS`` is off.
    """
    given = api_settings()
    cap = given.SCOPED_SESSIONS_PER_USER if scoped else given.SESSIONS_PER_USER
    if cap is None:
        return
    kind = SessionKind.SCOPED if scoped else SessionKind.FULL
    of_kind = active.filter(kind.condition)
    latest_first = of_kind.order_by(Coalesce("used_at", "created_at").desc(), "-pk")
    excess = list(latest_first.values_list("pk", flat=True)[cap - 1 :])
    if not excess:
        return
    if not given.END_EXCESS_SESSIONS:
        raise TooManySessions
    end_sessions(
        UserSession.objects.filter(pk__in=excess),
        actor=actor,
        owner=owner,
        locked=True,
        reason=SCOPED_REASON if scoped else REASON,
        cause=EndCause.TOO_MANY_SESSIONS,
    )
