"""Helpers for the tests of host projects: logged in clients, rates, and a clock.

They work under any test runner; :mod:`sessions_api.pytest_plugin` makes fixtures of them. To turn
kill switches on, use :mod:`killswitches.testing`.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from unittest import mock
from uuid import uuid4

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.test import Client as HttpClient
from django.test import override_settings
from django.utils import timezone
from rest_framework.test import APIClient

from sessions_api.callers.clients import Client
from sessions_api.conf import SETTINGS_NAME, api_settings
from sessions_api.http.console.visits import remember
from sessions_api.http.cookies.token_cookie import cookie_name, require_cookies
from sessions_api.models import UserSession
from sessions_api.scopes import Scope
from sessions_api.services.console_sessions import create_console_session
from sessions_api.services.session_creation import create_session

#: Where the requests of Django's test clients come from.
LOCALHOST = Client("127.0.0.1", "")

DAY = timedelta(hours=24)
EPOCH = datetime.fromtimestamp(0, UTC)
MICROSECOND = timedelta(microseconds=1)


class SessionClient(APIClient):
    """DRF's test client, which sends the token of a session; see :func:`log_in`."""

    _session_and_token: tuple[UserSession, str] | None = None

    @property
    def user_session(self) -> UserSession:
        """The session whose token is sent. (``session`` is Django's, from the cookie.)"""
        return self._sent[0]

    @property
    def token(self) -> str:
        return self._sent[1]

    @property
    def _sent(self) -> tuple[UserSession, str]:
        if self._session_and_token is None:
            raise LookupError("This client has no session. log_in() returns one that has.")
        return self._session_and_token

    def send_token_of(self, session: UserSession, token: str) -> None:
        """Send the token of a session from now on."""
        self._session_and_token = session, token
        self.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")

    def send_cookie_of(self, session: UserSession, token: str) -> None:
        """Send the token of a session from now on, in the cookie.

        :raises ImproperlyConfigured: ``COOKIES`` is off.
        """
        require_cookies()
        self._session_and_token = session, token
        self.credentials()
        self.cookies[cookie_name()] = token

    def force_login(self, user: AbstractBaseUser, backend: str | None = None) -> None:
        """Log in with Django's cookie and a token, because views may accept either."""
        # The stubs only know Django's own user model.
        super().force_login(user, backend)  # type: ignore[arg-type]
        open_console(self, user)
        other = log_in(user)
        self.send_token_of(other.user_session, other.token)

    def logout(self) -> None:
        """Forget token, cookies and forced users. The session stays active."""
        self._session_and_token = None
        super().logout()


def log_in(
    user: AbstractBaseUser,
    *,
    scopes: Scope | None = None,
    client: Client = LOCALHOST,
    lifetime: timedelta = DAY,
    name: str = "",
    by_cookie: bool = False,
) -> SessionClient:
    """Return a client with a new session, created as by a login, without request or password.

    :param user: the owner, who must be saved in the database.
    :param scopes: the scopes of a scoped session; None for a full one.
    :param client: the address and user agent of the login.
    :param name: the session's name, by default made from the user agent.
    :param by_cookie: whether the token is sent in the cookie of pages, not in a header.
    :raises ApiError: the user may have no such session, for example because they are banned.
    """
    made = create_session(
        user, client=client, lifetime=lifetime, name=name or None, permission_flags=scopes
    )
    session_client = SessionClient()
    if by_cookie:
        session_client.send_cookie_of(*made)
    else:
        session_client.send_token_of(*made)
    return session_client


def open_console(client: HttpClient, user: AbstractBaseUser) -> UserSession | None:
    """Have a client that is logged in by ``force_login(user)`` open the admin.

    With ``CONSOLE_SESSIONS``, the admin takes no login that was not made on its own page. This
    begins the session that such a login begins.

    :param client: Django's test client, or a subclass.
    :returns: the session; None if ``CONSOLE_SESSIONS`` is off.
    """
    if not api_settings().CONSOLE_SESSIONS:
        return None
    store = client.session
    lifetime = timedelta(seconds=store.get_expiry_age())
    session = create_console_session(user, client=LOCALHOST, lifetime=lifetime)
    remember(store, session)
    store.save()
    return session


@contextmanager
def rates_off() -> Iterator[None]:
    """Neither count nor limit requests in a ``with`` block or a decorated test."""
    with override_settings(**{SETTINGS_NAME: _settings() | {"RATELIMIT_ENABLE": False}}):
        yield


@contextmanager
def rates_on() -> Iterator[None]:
    """Count requests from zero, and limit them, in a ``with`` block or a decorated test.

    They are counted in the memory of the process, whatever cache ``RATELIMIT_CACHE`` names.
    """
    alias = f"rates {uuid4()}"
    counters = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": alias}
    changes = {"RATELIMIT_ENABLE": True, "RATELIMIT_CACHE": alias}
    with override_settings(
        CACHES=settings.CACHES | {alias: counters}, **{SETTINGS_NAME: _settings() | changes}
    ):
        yield


def _settings() -> dict[str, object]:
    return getattr(settings, SETTINGS_NAME, {})


class Clock:
    """A clock that only changes when it is moved.

    :ivar now: its time, which may be set.
    """

    def __init__(self, now: datetime) -> None:
        self.now = now

    def advance(self, by: timedelta) -> None:
        self.now += by

    def read(self) -> datetime:
        return self.now

    def seconds(self) -> float:
        return self.now.timestamp()

    def nanoseconds(self) -> int:
        return (self.now - EPOCH) // MICROSECOND * 1000


@contextmanager
def frozen_clock(now: datetime | None = None) -> Iterator[Clock]:
    """Freeze the time of the process in a ``with`` block, and yield a clock that moves it.

    It replaces ``django.utils.timezone.now()`` and the functions of the module ``time`` for the
    current time, which are all that this app uses. The database has its own clock, which switches
    that turn off by themselves follow.

    :param now: the initial time, with a time zone; by default the current time.
    """
    clock = Clock(now or timezone.now())
    with (
        mock.patch.object(timezone, "now", clock.read),
        mock.patch.object(time, "time", clock.seconds),
        mock.patch.object(time, "time_ns", clock.nanoseconds),
    ):
        yield clock
