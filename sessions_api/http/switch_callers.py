"""Who sends a request, as the conditions of kill switches ask about it."""

from functools import partial

from django.http import HttpRequest
from rest_framework.request import Request

from sessions_api.accounts.kinds import Caller
from sessions_api.callers.clients import Client, address_of
from sessions_api.callers.switch_callers import SwitchCaller
from sessions_api.models import UserSession


class RequestCaller:
    """The :class:`killswitches.conditions.callers.Caller` behind a request.

    Every request has one while a switch has conditions, so making it takes no work, and each answer
    no more than it needs.

    :param user: the authenticated user, or an ``AnonymousUser`` or None.
    :param session: the session that authenticates the request, if it is one of ours.
    """

    __slots__ = ("_request", "_session", "_user")

    def __init__(
        self, request: HttpRequest | Request, user: Caller | None, session: UserSession | None
    ) -> None:
        self._request = request
        self._user = user
        self._session = session

    @property
    def dialect(self) -> str:
        # Only views of the API have a dialect.
        if not isinstance(self._request, Request):
            return ""
        return getattr(self._request.parser_context.get("view"), "dialect", "")

    @property
    def user(self) -> str:
        return str(self._user.pk) if self._user and self._user.is_authenticated else ""

    @property
    def address(self) -> str | None:
        return address_of(self._plain)

    @property
    def client(self) -> tuple[str, str]:
        recorded = partial(recorded_program, self._session) if self._session else None
        return SwitchCaller(partial(Client.of, self._plain), recorded=recorded).client

    @property
    def _plain(self) -> HttpRequest:
        # Lookups in REST framework's own request take a microsecond each.
        return self._request._request if isinstance(self._request, Request) else self._request


def recorded_program(session: UserSession) -> tuple[str, str, str]:
    """Return the user agent that a session began with, and its program's name and version."""
    return session.user_agent, session.browser, session.browser_version
