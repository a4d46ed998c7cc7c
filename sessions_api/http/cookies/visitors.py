"""The visitor of a Django page, found by the cookie as soon as the user is needed."""

import logging
from functools import partial
from typing import Self

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import HttpRequest
from django.http.multipartparser import MultiPartParserError

from sessions_api.accounts.kinds import Caller
from sessions_api.accounts.lookup import is_staff
from sessions_api.exceptions import Banned, CsrfFailed
from sessions_api.http.cookies.authentication import session_of
from sessions_api.http.cookies.csrf import in_words
from sessions_api.http.cookies.token_cookie import read_token
from sessions_api.http.switch_callers import RequestCaller
from sessions_api.models import UserSession

logger = logging.getLogger("sessions_api")

#: What Django raises where a form cannot be read.
FORM_ERRORS = (BadRequest, MultiPartParserError, SuspiciousOperation)

#: The key in ``request.META`` of the visitor. No header can have this name.
_KNOWN = "sessions_api.visitor"


class Visitor:
    """The visitor behind a request.

    :param request: its user, if any, is that of Django's own session.
    :ivar was_asked_for: whether the response depends on cookies.
    """

    def __init__(self, request: HttpRequest) -> None:
        self.was_asked_for = False
        self._request = request
        # Not evaluated yet: it is a lazy object of Django's.
        self._otherwise: Caller = getattr(request, "user", AnonymousUser())
        self._user: Caller | None = None
        self._session: UserSession | None = None

    @classmethod
    def introduce(cls, request: HttpRequest) -> Self:
        """Create the visitor of a request, which :meth:`of` returns from then on."""
        visitor: Self = request.META.setdefault(_KNOWN, cls(request))
        return visitor

    @classmethod
    def of(cls, request: HttpRequest) -> Self | None:
        """Return the visitor of a request; None where the middleware has seen none."""
        return request.META.get(_KNOWN)

    def user(self) -> Caller:
        """Return the user; an ``AnonymousUser`` if the cookie does not count.

        This never raises, because error pages need the user, too.
        """
        self.was_asked_for = True
        if self._user is None:
            self._user = self._find()
        return self._user

    def session(self) -> UserSession | None:
        """Return the session, if the user is known by the cookie."""
        self.user()
        return self._session

    def become(self, session: UserSession | None) -> None:
        """Note that the request has created a session, or ended its own (None)."""
        self.was_asked_for = True
        self._session = session
        self._user = session.user if session else AnonymousUser()

    def _find(self) -> Caller:
        if read_token(self._request) is None:
            return self._otherwise
        try:
            session = session_of(self._request)
        except Banned:
            return AnonymousUser()
        except FORM_ERRORS:
            # The proof may be in the form, which cannot be read.
            return AnonymousUser()
        except CsrfFailed as error:
            # %a escapes line breaks, which could forge a log line.
            logger.warning(
                "A session cookie was ignored: %a, %a", self._request.path, in_words(error)
            )
            return AnonymousUser()
        if session is None or (
            session.switches_on.closing((), partial(self._caller, session))
            and not is_staff(session.user)
        ):
            return AnonymousUser()
        self._session = session
        return session.user

    def _caller(self, session: UserSession) -> RequestCaller:
        return RequestCaller(self._request, session.user, session)


def current_session(request: HttpRequest) -> UserSession | None:
    """Return the session of a page's visitor, whose owner is ``request.user``.

    Needs :class:`~sessions_api.http.cookies.middleware.SessionCookieMiddleware`.

    :returns: None if the cookie names none, or does not count.
    """
    visitor = Visitor.of(request)
    return visitor.session() if visitor else None
