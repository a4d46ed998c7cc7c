"""Sessions of the console: logins to Django's admin, listed and ended like all others.

Django's own session, which the cookie names, opens the console as long as the row of its console
session is active. It knows the row by its primary key.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import router, transaction
from django.utils import timezone

from sessions_api.callers.clients import Client
from sessions_api.conf import api_settings
from sessions_api.models import SessionKind, UserSession, UserSessionQuerySet
from sessions_api.models.liveness import LAST_USE_RESOLUTION
from sessions_api.passwords.marks import password_mark
from sessions_api.services.audit import UNNAMED, Actor
from sessions_api.services.ended_sessions import EndCause
from sessions_api.services.notices import suppress_notices
from sessions_api.services.session_rows import insert_session, lock_for_login, note_full_login
from sessions_api.services.sessions import end_sessions
from sessions_api.signals import send_after_commit, session_created

#: The value of ``site`` in audit events of the console.
SITE = "admin"

LOGGED_OUT = "logged out of the console"
LOGGED_IN_AGAIN = "logged in to the console again"
REFUSED = "the account may no longer use the console"
BANNED = "banned"
DEMOTED = "no longer staff"


def create_console_session(
    user: AbstractBaseUser, *, client: Client, lifetime: timedelta
) -> UserSession:
    """Begin a session of the console, for which there is no token.

    No cap counts it, no kill switch refuses it, and the host's adapter is not asked: it follows a
    login that Django has already admitted.

    :param user: as authenticated by the login.
    :param client: its address and user agent are stored with the session.
    :param lifetime: that of Django's session.
    :raises ApiError: the account has been deleted or banned, or its password has changed, since the
        login was checked; see :func:`~sessions_api.services.session_rows.lock_for_login`.
    """
    actor = Actor(user=user, client=client)
    with transaction.atomic():
        current = lock_for_login(user)
        session = insert_session(
            user,
            timezone.now(),
            client=client,
            lifetime=lifetime,
            jti=None,
            password_mark=password_mark(current.password),
        )
        note_full_login(current, session, actor=actor, site=SITE, session_kind=session.kind.value)
        send_after_commit(session_created, UserSession, session=session, client=client)
    return session


def find_console_session(key: int, user: AbstractBaseUser, now: datetime) -> UserSession | None:
    """Return a session of the console if it is active at ``now``, with ``user``, in one query.

    It is read from the database that sessions are written to, because a replica may still have a
    session that has been ended.

    :param key: its primary key.
    :param user: its owner, as just read from the database.
    """
    # The type checker knows this project's user model only; a host may have another.
    session = _rows().filter(pk=key, user=user).first()  # type: ignore[misc]
    if session is None or session.ends_at <= now or not session.has_password_of(user):
        return None
    session.user = user  # type: ignore[assignment]
    return session


def extend_console_session(session: UserSession, expires_at: datetime) -> None:
    """Set the expiry of a session to that of Django's session, which has been saved again.

    Differences of less than a minute are not written.
    """
    if abs(expires_at - session.expires_at) >= LAST_USE_RESOLUTION:
        _rows().owned_by(session.user).filter(pk=session.pk).update(expires_at=expires_at)
        session.expires_at = expires_at


def end_console_session(session: UserSession, client: Client, *, reason: str) -> None:
    """End a session whose owner has logged out, or in again."""
    actor = Actor(user=session.user, client=client)
    end_sessions(_rows().filter(pk=session.pk), actor=actor, owner=session.user, reason=reason)


def end_refused_console_session(key: int, client: Client) -> None:
    """End a session, if it is still there, whose owner may no longer use the console.

    Nobody is told of it: they are told of the ban, or of the new password.

    :param key: its primary key.
    """
    actor = Actor(name=UNNAMED.name, client=client)
    with suppress_notices():
        end_sessions(
            _rows().filter(pk=key), actor=actor, reason=REFUSED, cause=EndCause.CONSOLE_CLOSED
        )


def end_console_sessions_of(user: AbstractBaseUser, *, actor: Actor, reason: str) -> None:
    """End the sessions of an account that is banned or no longer staff, as part of that change.

    Takes no query if ``CONSOLE_SESSIONS`` is off.
    """
    if api_settings().CONSOLE_SESSIONS:
        with suppress_notices():
            of_user = _rows().owned_by(user)
            # The change was authorized as such.
            by = replace(actor, permissions=())
            end_sessions(
                of_user,
                actor=by,
                owner=user,
                locked=True,
                reason=reason,
                cause=EndCause.CONSOLE_CLOSED,
            )


def _rows() -> UserSessionQuerySet:
    alias = router.db_for_write(UserSession)
    return UserSession.objects.using(alias).filter(SessionKind.CONSOLE.condition)
