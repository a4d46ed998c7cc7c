"""A request with Django's session, and the session of the console that belongs to it."""

import logging
from datetime import timedelta
from typing import Self

from asgiref.sync import sync_to_async
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from sessions_api.accounts.kinds import Caller
from sessions_api.accounts.lookup import is_staff
from sessions_api.callers.clients import Client
from sessions_api.exceptions import ApiError
from sessions_api.fastpath.live_sessions import record_use
from sessions_api.models import UserSession
from sessions_api.services.audit import Actor
from sessions_api.services.console_sessions import (
    LOGGED_IN_AGAIN,
    LOGGED_OUT,
    create_console_session,
    end_console_session,
    end_refused_console_session,
    extend_console_session,
    find_console_session,
)

logger = logging.getLogger("sessions_api")

#: The keys in Django's session: the primary key of the session of the console, and whether its
#: owner was staff when it began. They survive a new key of Django's session.
ROW = "sessions_api.console_session"
STAFF = "sessions_api.console_staff"

#: The key in ``request.META`` of the visit. No header can have this name.
_KNOWN = "sessions_api.console"


class Visit:
    """A request that may come with a session of the console."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        self.session = None
        # Not evaluated: most pages do not ask for the user.
        self._of_django: Caller = request.user
        self._user: Caller | None = None
        self._introduced: object = None
        request.META[_KNOWN] = self
        self._introduce()

    @classmethod
    def of(cls, request: HttpRequest) -> Self | None:
        """Return the visit of a request; None where the middleware has seen none."""
        return request.META.get(_KNOWN)

    @property
    def session(self) -> UserSession | None:
        """The session, if it is active. It is known once :meth:`user` has been asked for."""
        return self._session

    @session.setter
    def session(self, session: UserSession | None) -> None:
        self._session = session
        # For the actors of services.
        self._request.console_session = session  # type: ignore[attr-defined]

    @property
    def has_logged_in(self) -> bool:
        """Whether Django's ``login()`` has put another user on the request."""
        user = self._request.user
        return user is not self._introduced and user.is_authenticated

    def user(self) -> Caller:
        """Return the user of Django's session, or an ``AnonymousUser`` if it is worth nothing."""
        if self._user is None:
            self._user = self._find()
        return self._user

    def require_session(self) -> bool:
        """Have the user be anonymous unless there is a session of the console.

        :returns: False if that makes a difference.
        """
        if not self.user().is_authenticated or self.session is not None:
            return True
        self._user = AnonymousUser()
        self._introduce()
        return False

    def begin(self) -> UserSession:
        """Begin a session of the console for the user whom ``login()`` has put on the request.

        The key of Django's session changes, even where Django keeps it: for a user who was logged
        in already. A cookie that was stolen before is worth nothing then.

        :raises ApiError: the account has changed during the login; nobody is logged in then.
        """
        store, client = self._request.session, Client.of(self._request)
        user = Actor.of(self._request).account
        try:
            lifetime = timedelta(seconds=store.get_expiry_age())
            session = create_console_session(user, client=client, lifetime=lifetime)
        except ApiError:
            self._forget()
            raise
        self.settle(LOGGED_IN_AGAIN)
        remember(store, session)
        store.cycle_key()
        self.session, self._user = session, user
        self._introduce()
        return session

    def settle(self, reason: str = LOGGED_OUT) -> None:
        """End the session with which the request came, if ``login()`` or ``logout()`` has left it.

        :param reason: for the audit log.
        """
        if self.session is not None:
            end_console_session(self.session, Client.of(self._request), reason=reason)
            self.session = None

    def close(self, *, is_saved: bool) -> None:
        """Do what a response leaves to be done.

        :param is_saved: whether Django will save its session with the response, if it has changed.
        """
        if self.session is None:
            return
        store = self._request.session
        if store.get(ROW) != self.session.pk:
            self.settle()
        elif is_saved:
            extend_console_session(self.session, store.get_expiry_date())

    def _find(self) -> Caller:
        store = self._request.session
        key = store.get(ROW)
        user = self._of_django
        if key is None:
            return user
        now = timezone.now()
        demoted = store.get(STAFF, False) and not is_staff(user)
        if not user.is_authenticated or demoted:
            end_refused_console_session(key, Client.of(self._request))
            return self._forget()
        session = find_console_session(key, user, now)
        if session is None:
            return self._forget()
        record_use(session, now)
        self.session = session
        return user

    def _forget(self) -> AnonymousUser:
        """End Django's session, which belongs to no active session of the console."""
        self._request.session.flush()
        self._user = nobody = AnonymousUser()
        self._introduce()
        return nobody

    def _introduce(self) -> None:
        """Put the user on the request, evaluated once somebody asks for them."""
        self._introduced = SimpleLazyObject(self.user)
        self._request.user = self._introduced  # type: ignore[assignment]
        # The stubs know this project's user model only.
        self._request.auser = sync_to_async(self.user)  # type: ignore[arg-type]


def remember(store: SessionBase, session: UserSession) -> None:
    """Have a session of Django's belong to a session of the console."""
    store[ROW], store[STAFF] = session.pk, is_staff(session.user)
