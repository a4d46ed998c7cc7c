"""Who sends a request, as the conditions of kill switches ask about it."""

from functools import partial

from django.http import HttpRequest
from rest_framework.request import Request

from sessions_api.accounts.kinds import Caller
from sessions_api.callers.clients import Client
from sessions_api.callers.switch_callers import SwitchCaller
from sessions_api.models import UserSession


def switch_caller(
    request: HttpRequest | Request, user: Caller | None, session: UserSession | None
) -> SwitchCaller:
    """Return the caller behind a request.

    :param user: the authenticated user, or an ``AnonymousUser`` or None.
    :param session: the session that authenticates the request, if it is one of ours.
    """
    dialect = ""
    # Lookups in REST framework's own request take a microsecond each.
    plain = request
    if isinstance(request, Request):
        plain = request._request
        # Only views of the API have a dialect.
        dialect = getattr(request.parser_context.get("view"), "dialect", "")
    return SwitchCaller(
        partial(Client.of, plain),
        dialect,
        str(user.pk) if user and user.is_authenticated else "",
        recorded=partial(recorded_program, session) if session else None,
    )


def recorded_program(session: UserSession) -> tuple[str, str, str]:
    """Return the user agent that a session began with, and its program's name and version."""
    return session.user_agent, session.browser, session.browser_version
