"""Logging in and out on pages of a host: the views are the host's, the rules are those of the API.

A login that fails counts towards the rates of logins. It waits for its turn to hash, and is closed
by the kill switch ACCOUNT_LOGIN. All functions here change something, so they refuse safe methods
and requests without proof that they come from a page of ours.
"""

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.middleware.csrf import rotate_token
from rest_framework import serializers
from rest_framework.request import Request

from killswitches.registry import ACCOUNT_LOGIN
from sessions_api.accounts.lookup import find_by_id
from sessions_api.callers.clients import Client
from sessions_api.exceptions import (
    ApiError,
    CsrfFailed,
    InvalidSession,
    MissingFields,
)
from sessions_api.http.cookies.csrf import SAFE_METHODS, in_words, require_csrf
from sessions_api.http.cookies.terms import terms
from sessions_api.http.cookies.token_cookie import (
    delete_cookie,
    read_token,
    require_cookies,
    set_cookie,
)
from sessions_api.http.cookies.visitors import Visitor
from sessions_api.http.fields import TextField
from sessions_api.http.gate import Gate
from sessions_api.http.policy import PAGE_LOGIN, Audience, Policy
from sessions_api.models import UserSession
from sessions_api.services import login
from sessions_api.services.audit import Actor
from sessions_api.services.second_factors import ChallengeAnswered
from sessions_api.services.session_creation import token_of
from sessions_api.services.sessions import end_sessions
from sessions_api.tokens.sessions import read_session_token

#: Only failures count. Unlike in v5, so do names that do not exist.
POLICY = Policy(
    audience=Audience.ANYONE,
    switches=(ACCOUNT_LOGIN,),
    own_rate=PAGE_LOGIN,
    checks_password=True,
)


class Credentials(serializers.Serializer[None]):
    """What a user types, under the rules of the API's login."""

    username = TextField()
    password = TextField(trim_whitespace=False)


def log_in(
    request: HttpRequest,
    response: HttpResponseBase,
    *,
    username: str,
    password: str,
    remember: bool = False,
    name: str | None = None,
) -> UserSession:
    """Log a user in with a password, and set the cookie on a response.

    :param request: with an unsafe method.
    :param response: what is returned if this does not raise.
    :param username: the name that the user types.
    :param remember: whether the session gets the longer lifetime: ten years in place of a day,
        unless ``LIFETIMES`` has others for ``pages``.
    :param name: the session's name, by default made from the device, as is one that is invalid.
    :returns: the session, whose owner is now ``request.user``.
    :raises PermissionDenied: the request does not come from a page of ours.
    :raises MissingFields: name or password are empty, or no text that a database can store.
    :raises SecondFactorChallengeRequired: the password is right, and the user has a second factor:
        ``data`` of the error goes to :func:`log_in_with_second_factor` with its answer.
    :raises ApiError: the login is refused, as in :func:`sessions_api.services.login.log_in`, by a
        kill switch, or by a rate, whose headers are in ``headers`` of the error.
    """
    with _gate(request, by_second_factor=False):
        typed = Credentials(data={"username": username, "password": password})
        if not typed.is_valid():
            raise MissingFields(list(typed.errors))
        begun = login.log_in(
            typed.validated_data["username"],
            typed.validated_data["password"],
            **terms(request, remember=remember, name=name),
        )
    use_session(request, response, *begun)
    return begun[0]


def log_in_with_second_factor(
    request: HttpRequest,
    response: HttpResponseBase,
    answer: object,
    *,
    remember: bool = False,
    name: str | None = None,
    begun_before: Callable[[], UserSession | None] = lambda: None,
) -> UserSession:
    """Log a user in with the answer to the challenge of :func:`log_in`.

    :param answer: a mapping with ``token``, ``type`` and ``code`` (or ``response``), as in the API.
    :param begun_before: called if the challenge has been answered before, and returns the session
        that this browser has begun with the same answer, if it has. The login then succeeds.
    :returns: as :func:`log_in`.
    :raises PermissionDenied: the request does not come from a page of ours.
    :raises ApiError: the answer is wrong, or the login is refused as in :func:`log_in`.
    """
    with _gate(request, by_second_factor=True):
        try:
            session, token = login.log_in_with_second_factor(
                answer, **terms(request, remember=remember, name=name)
            )
        except ChallengeAnswered:
            if (before := begun_before()) is None:
                raise
            session, token = before, token_of(before)
    use_session(request, response, session, token)
    return session


def log_out(request: HttpRequest, response: HttpResponseBase) -> None:
    """End the session of the cookie, delete the cookie, and end Django's session.

    Neither a kill switch nor a ban prevents this.

    :param request: with an unsafe method.
    :raises PermissionDenied: the request does not come from a page of ours.
    """
    _require_page_of_ours(request)
    _end_session_of(request)
    delete_cookie(response)
    if (kept := getattr(request, "session", None)) is not None:
        # As Django's logout does: what it holds is this user's.
        kept.flush()
    request.user = AnonymousUser()
    if visitor := Visitor.of(request):
        visitor.become(None)


def use_session(
    request: HttpRequest, response: HttpResponseBase, session: UserSession, token: str
) -> None:
    """Set the cookie for a session that was created in another way, such as after a registration.

    The session that the request's cookie names ends, because its token is about to be lost. The
    CSRF token and the key of Django's session change, so that nobody who knew them before the login
    knows them after it. The caller must know that the request comes from a page of ours.

    :param session: a full session, with its token.
    :raises ValueError: the session is scoped.
    """
    if session.is_scoped:
        raise ValueError("A scoped session is for scripts, and its token for no cookie.")
    _end_session_of(request)
    set_cookie(response, session, token)
    rotate_token(request)
    if (kept := getattr(request, "session", None)) is not None and kept.session_key:
        kept.cycle_key()
    request.user = session.user
    if visitor := Visitor.of(request):
        visitor.become(session)


@contextmanager
def _gate(request: HttpRequest, *, by_second_factor: bool) -> Iterator[None]:
    """Check and charge a login that takes place in the ``with`` block.

    :raises ImproperlyConfigured: ``COOKIES`` is off.
    :raises PermissionDenied: the request does not come from a page of ours.
    :raises ApiError: a switch or a rate refuses it. Errors of the block get the rate's headers.
    """
    require_cookies()
    _require_page_of_ours(request)
    # REST framework's request sets the user of the one it wraps.
    stranger = Request(copy.copy(request), authenticators=())
    gate = Gate.of(
        stranger, endpoint=f"{__name__}.log_in", by_second_factor=lambda: by_second_factor
    )
    status, refusal = 500, None
    try:
        gate.enter(POLICY)
        gate.has_begun = True
        yield
        status = 200
    except ApiError as error:
        status, refusal = error.status, error
        raise
    finally:
        headers = gate.leave(status, refusal)
        if refusal is not None:
            refusal.headers = {**headers, **refusal.headers}


def _require_page_of_ours(request: HttpRequest) -> None:
    try:
        if request.method in SAFE_METHODS:
            raise CsrfFailed(reason=f"{request.method} must not change anything.")
        require_csrf(request, reads_form=True)
    except CsrfFailed as error:
        raise PermissionDenied(in_words(error)) from error


def _end_session_of(request: HttpRequest) -> None:
    """End the session that the request's cookie names, if it is active."""
    token = read_token(request)
    if token is None:
        return
    try:
        claims = read_session_token(token)
    except InvalidSession:
        return
    # Not by authentication, which refuses banned users.
    if (owner := find_by_id(claims.sub)) is None:
        return
    full = UserSession.objects.owned_by(owner).active(owner=owner).filter(permission_flags=None)
    # The token alone is enough to end its session, even if another user logs in now.
    actor = Actor(user=owner, client=Client.of(request))
    end_sessions(full.filter(sid=claims.sid, jti=claims.jti), actor=actor, owner=owner)
