"""The users that scenarios need in addition to the sample users."""

import itertools
from datetime import timedelta
from typing import Any

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Permission
from django.utils import timezone

from benchmarks.contenders.ours.callers import token_of
from benchmarks.endpoints import PASSWORD
from cumulonimbus.models import User
from sessions_api.models import UserSession

NAME = "Firefox v133 on Linux"
DAY = timedelta(days=1)


def cast(callers: int, sessions: int) -> dict[str, Any]:
    """Create all users that a scenario needs.

    :param callers: the number of callers, and of users who log in.
    :param sessions: the number of sessions of each caller.
    :returns: ``callers``: for each, the user's id, the session ids, newest first, and the token of
        the newest session. ``staff``: the token of a member of staff who may view sessions.
        ``logins``: the names of users with the benchmark's password.
    """
    [staff] = _with_sessions("staff", 1, 1, is_staff=True)
    seeing = Permission.objects.get(codename="view_usersession")
    User.objects.get(pk=staff["id"]).user_permissions.add(seeing)
    # All share one hash, which takes as long to check for each.
    logins = _make("login", callers, password=make_password(PASSWORD))
    return {
        "callers": _with_sessions("caller", callers, sessions),
        "staff": staff["token"],
        "logins": [user.username for user in logins],
    }


def _with_sessions(name: str, count: int, sessions: int, **fields: Any) -> list[dict[str, Any]]:
    now = timezone.now()
    newest = int(now.timestamp())
    made = {
        user.pk: [
            # The newest last, as in reality.
            UserSession(user=user, sid=newest - age, name=NAME, expires_at=now + DAY)
            for age in reversed(range(sessions))
        ]
        for user in _make(name, count, **fields)
    }
    UserSession.objects.bulk_create(itertools.chain(*made.values()))
    return [
        {
            "id": owner,
            "sids": [session.sid for session in reversed(theirs)],
            "token": token_of(theirs[-1]),
        }
        for owner, theirs in made.items()
    ]


def _make(name: str, count: int, **fields: Any) -> list[User]:
    fields.setdefault("password", make_password(None))
    stamp = int(timezone.now().timestamp() * 1e6)
    return User.objects.bulk_create(
        User(username=f"{name}-{stamp}-{number}", **fields) for number in range(count)
    )
