"""Token authentication for this app's viewsets and for a host's own DRF views.

A host adds :class:`SessionTokenAuthentication` to the ``authentication_classes`` of its views.
``request.user`` is then the session's owner, and ``request.auth`` is the session.
"""

import functools

from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.request import Request

from sessions_api.accounts.lookup import user_key
from sessions_api.exceptions import Banned, InvalidSession
from sessions_api.fastpath.live_sessions import find_live_session, note_password, note_use
from sessions_api.models import UserSession
from sessions_api.tokens.sessions import REMEMBERED_TOKENS, read_session_token


class SessionTokenAuthentication(BaseAuthentication):
    """DRF authentication by session tokens.

    Accepts ``Authorization: <token>`` and ``Authorization: Bearer <token>`` (RFC 6750).
    """

    def authenticate(self, request: Request) -> tuple[AbstractBaseUser, UserSession] | None:
        """Return the session's owner and the session, or None if the header is absent.

        :raises AuthenticationFailed: the token does not belong to an active session.
        :raises PermissionDenied: the session is active, but its owner is banned.
        """
        header = request.META.get("HTTP_AUTHORIZATION")
        if header is None:
            return None
        try:
            session = find_session(_raw_token(header))
        except InvalidSession as error:
            raise AuthenticationFailed(error.message, error.code) from error
        except Banned as error:
            raise PermissionDenied(error.message, error.code) from error
        return session.user, session

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


def find_session(raw_token: str) -> UserSession:
    """Return the active session of a token, with ``user`` and ``switch_mask``, in one query.

    Records the time of use, at most once a minute.

    :raises InvalidSession: the token is invalid, or its session has ended or expired.
    :raises Banned: the session's owner is banned.
    """
    claims = read_session_token(raw_token)
    owner = _owner(claims.sub)
    now = timezone.now()
    session = find_live_session(owner, claims.sid, claims.jti, now) if owner is not None else None
    if session is None:
        raise InvalidSession
    if not session.user.is_active:
        raise Banned(session.user)
    note_password(session)
    note_use(session, now)
    return session


@functools.lru_cache(maxsize=REMEMBERED_TOKENS)
def _owner(sub: str) -> object:
    """Return the user's primary key for the subject of a verified token, prepared for the database.

    Returns None if the subject cannot be a key. Results are cached like verified tokens.
    """
    key = user_key(sub)
    return None if key is None else get_user_model()._meta.pk.get_prep_value(key)


def _raw_token(header: str) -> str:
    scheme, _, token = header.strip().partition(" ")
    return token.strip() if scheme.lower() == "bearer" else header.strip()
