"""Callers of allauth. Each has a Django session."""

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.sessions.backends.cached_db import SessionStore
from django.db import connection

from benchmarks.contenders import people
from benchmarks.contenders.calls import Call


def fill(sessions: int) -> None:
    """Insert sessions of a user who is not a caller."""
    data = SessionStore().encode(_login(User.objects.get(pk=2)))
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO django_session (session_key, session_data, expire_date)"
            " SELECT lpad(number::text, 32, '0'), %s, now() + interval '14 days'"
            " FROM generate_series(1, %s) AS number",
            [data, sessions],
        )
        cursor.execute(
            "INSERT INTO usersessions_usersession"
            " (user_id, created_at, ip, last_seen_at, session_key, user_agent, data)"
            " SELECT 2, now(), '10.0.0.1', now(), lpad(number::text, 32, '0'), '', '{}'"
            " FROM generate_series(1, %s) AS number",
            [sessions],
        )


def calls(count: int) -> list[Call]:
    # Of the contender's settings, which the type checker does not read.
    [client] = settings.HEADLESS_CLIENTS  # type: ignore[misc]
    path = f"/_allauth/{client}/v1/auth/session"
    return [Call(path, _header(client, _begin(user))) for user in people.callers(count)]


def _header(client: str, session_key: str) -> dict[str, str]:
    if client == "browser":
        return {"Cookie": f"{settings.SESSION_COOKIE_NAME}={session_key}"}
    return {"X-Session-Token": session_key}


def _begin(user: User) -> str:
    session = SessionStore()
    session.update(_login(user))
    session.create()
    return str(session.session_key)


def _login(user: User) -> dict[str, str]:
    """Return the session data that Django's ``login()`` stores."""
    return {
        SESSION_KEY: str(user.pk),
        BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
        HASH_SESSION_KEY: user.get_session_auth_hash(),
    }
