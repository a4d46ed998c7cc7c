"""Authentication by the cookie with a session's token.

A host adds :class:`SessionCookieAuthentication` to the ``authentication_classes`` of its REST
framework views. The viewsets of this app have it.
"""

from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request

from sessions_api.conf import api_settings
from sessions_api.exceptions import Banned, CsrfFailed, InvalidSession
from sessions_api.http.authentication import Gated, columns_for, find_session, guard, view_of
from sessions_api.http.cookies.csrf import in_words, require_csrf
from sessions_api.http.cookies.token_cookie import read_token
from sessions_api.models import UserSession


class SessionCookieAuthentication(BaseAuthentication):
    """REST framework's authentication by the cookie.

    Requests with an ``Authorization`` header are left to other classes. Every unsafe method needs
    the proof of :func:`~sessions_api.http.cookies.csrf.require_csrf`. For the rest, a plain view is
    guarded as by :class:`~sessions_api.http.authentication.SessionTokenAuthentication`.
    """

    def authenticate(self, request: Request) -> tuple[AbstractBaseUser, UserSession] | None:
        """Return the session's owner and the session, or None if no cookie names an active one.

        :raises PermissionDenied: the owner is banned, or the proof is missing.
        :raises SwitchIsOn: GLOBAL is on, and the view is a plain one.
        """
        try:
            session = session_of(request)
        except Banned as error:
            raise PermissionDenied(error.message, error.code) from error
        except CsrfFailed as error:
            raise PermissionDenied(in_words(error), error.code) from error
        if session is None:
            return None
        guard(request, session)
        return session.user, session

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


def session_of(request: HttpRequest) -> UserSession | None:
    """Return the session that the cookie of a request names, in one query.

    :returns: None if there is no cookie, its session is not active, or the session is scoped:
        browsers send cookies with every request, and the scopes of an API token are for a script.
    :raises Banned: the session's owner is banned.
    :raises CsrfFailed: the method is unsafe, and the proof is missing.
    """
    view = view_of(request)
    is_endpoint = isinstance(view, Gated) and not view.is_page
    if is_endpoint and not api_settings().API_COOKIES:
        return None
    token = read_token(request)
    if token is None:
        return None
    try:
        session = find_session(token, columns_for(request))
    except InvalidSession:
        # Unlike a header, a browser sends an old cookie without being asked to.
        return None
    if session.is_scoped:
        return None
    require_csrf(request, reads_form=not is_endpoint)
    return session


def is_by_cookie(request: Request) -> bool:
    """Return whether the cookie has authenticated a request."""
    return isinstance(request.successful_authenticator, SessionCookieAuthentication)
