"""Token authentication for this app's viewsets and for a host's own DRF views.

A host adds :class:`SessionTokenAuthentication` to the ``authentication_classes`` of its views.
``request.user`` is then the session's owner, and ``request.auth`` is the session.
"""

import functools
from typing import TYPE_CHECKING, ClassVar

from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.request import Request

from sessions_api.accounts.lookup import is_staff, user_key
from sessions_api.exceptions import (
    Banned,
    InsufficientPermissions,
    InvalidSession,
    ServiceUnavailable,
)
from sessions_api.fastpath.live_sessions import (
    FurtherColumn,
    find_live_session,
    record_password_mark,
    record_use,
)
from sessions_api.http.permissions import SwitchIsOn, admits_scoped_session
from sessions_api.http.switch_callers import RequestCaller
from sessions_api.models import UserSession
from sessions_api.tokens.sessions import MAX_CACHED_TOKENS, read_session_token

if TYPE_CHECKING:
    # It imports the default authentication classes, of which a host may make this one.
    from rest_framework.views import APIView


class Gated:
    """Marks views that check scopes and kill switches themselves, by their policies.

    :cvar is_page: whether it is a page for browsers, whose forms bring the proof against CSRF.
    """

    is_page: ClassVar[bool] = False

    @property
    def session_columns(self) -> tuple[FurtherColumn, ...]:
        """What to read along with the session of a request."""
        return ()


class SessionTokenAuthentication(BaseAuthentication):
    """DRF authentication by session tokens.

    Accepts ``Authorization: <token>`` and ``Authorization: Bearer <token>`` (RFC 6750). Another
    scheme is left to the view's other authentication classes.

    On a host's plain view, the switch GLOBAL holds, and scoped sessions are refused unless the
    view's permissions name a scope that they have: see :mod:`sessions_api.http.permissions`. This
    is checked here because a view may have no permissions at all.
    """

    def authenticate(self, request: Request) -> tuple[AbstractBaseUser, UserSession] | None:
        """Return the session's owner and the session, or None if no token is sent.

        :raises AuthenticationFailed: the token does not belong to an active session.
        :raises PermissionDenied: the session is active, but its owner is banned, or it is scoped
            and the view does not admit it.
        :raises SwitchIsOn: GLOBAL is on.
        """
        header = request.META.get("HTTP_AUTHORIZATION")
        if header is None or (token := _raw_token(header)) is None:
            return None
        try:
            session = find_session(token, columns_for(request))
        except InvalidSession as error:
            raise AuthenticationFailed(error.message, error.code) from error
        except Banned as error:
            raise PermissionDenied(error.message, error.code) from error
        guard(request, session)
        return session.user, session

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


def view_of(request: HttpRequest) -> "APIView | None":
    """Return the view for which REST framework has made a request, if any."""
    return (getattr(request, "parser_context", None) or {}).get("view")


def columns_for(request: HttpRequest) -> tuple[FurtherColumn, ...]:
    """Return what a request's view wants to be read along with the session."""
    view = view_of(request)
    return view.session_columns if isinstance(view, Gated) else ()


def guard(request: Request, session: UserSession) -> None:
    """Do for a plain view what the gate does for views with policies.

    :param session: the session that authenticates the request.
    :raises SwitchIsOn: GLOBAL is on, and the session's owner is not staff.
    :raises PermissionDenied: the session is scoped, and the view does not admit it.
    """
    view = view_of(request)
    if isinstance(view, Gated):
        return
    switch = session.switches_on.closing((), lambda: RequestCaller(request, session.user, session))
    if switch and not is_staff(session.user):
        raise SwitchIsOn(switch) from ServiceUnavailable(feature=switch.number)
    if not session.is_scoped:
        return
    if view is not None:
        # The view's permissions may depend on the caller; asking would authenticate again.
        request.user, request.auth = session.user, session
        if admits_scoped_session(view.get_permissions(), request):
            return
    refusal = InsufficientPermissions()
    raise PermissionDenied(refusal.message, refusal.code) from refusal


def find_session(raw_token: str, further: tuple[FurtherColumn, ...] = ()) -> UserSession:
    """Return the active session of a token, with ``user`` and ``switches_on``, in one query.

    Records the time of use, at most once a minute.

    :param further: columns to be read as well.
    :raises InvalidSession: the token is invalid, or its session has ended or expired.
    :raises Banned: the session's owner is banned.
    """
    claims = read_session_token(raw_token)
    owner = _owner(claims.sub)
    now = timezone.now()
    if owner is None:
        raise InvalidSession
    session = find_live_session(owner, claims.sid, claims.jti, now, further)
    if session is None:
        raise InvalidSession
    if not session.user.is_active:
        raise Banned(session.user)
    record_password_mark(session)
    record_use(session, now)
    return session


@functools.lru_cache(maxsize=MAX_CACHED_TOKENS)
def _owner(sub: str) -> object:
    """Return the user's primary key for the subject of a verified token, prepared for the database.

    Returns None if the subject cannot be a key. Results are cached like verified tokens.
    """
    key = user_key(sub)
    return None if key is None else get_user_model()._meta.pk.get_prep_value(key)


def _raw_token(header: str) -> str | None:
    """Return the token in the header; None if the header has another scheme."""
    scheme, separator, token = header.strip().partition(" ")
    if scheme.lower() == "bearer":
        return token.strip()
    return None if separator else scheme
