"""Callers of the service. Each is a user of its own, because rates are counted by user."""

from itertools import cycle, islice

from benchmarks.contenders.calls import Call
from cumulonimbus.models import User
from sessions_api.models import UserSession
from sessions_api.tokens.sessions import issue_session_token

PATH = "/api/users/me/sessions/me"


def calls(count: int, tokens: int = 0, first: int = 0) -> list[Call]:
    """Return requests by a number of callers.

    :param tokens: the number of different tokens; by default, one for each caller.
    :param first: the position of the first user in the table.
    """
    callers = islice(cycle(sessions(count, first)), tokens or count)
    return [Call(PATH, {"Authorization": f"Bearer {token_of(one)}"}) for one in callers]


def sessions(count: int, first: int = 0) -> list[UserSession]:
    """Return an active full session of each of ``count`` users, spread over the whole table.

    :param first: the position of the first user in the table.
    """
    users = User.objects.order_by("pk").values_list("pk", flat=True)
    # Chooses twice as many users, because some have no such session.
    interval = max(1, users.count() // (2 * count))
    chosen = list(users)[first::interval]
    found = UserSession.objects.active().filter(user__in=chosen, permission_flags=None)
    return list(found.order_by("user", "-sid").distinct("user")[:count])


def token_of(session: UserSession) -> str:
    assert session.jti is not None
    return issue_session_token(
        sub=str(session.user_id),
        sid=session.sid,
        expires_at=session.expires_at,
        jti=session.jti,
        name=session.name,
    )
