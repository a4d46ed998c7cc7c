"""Callers, as the conditions of kill switches ask about them."""

from collections.abc import Callable
from functools import cached_property

from sessions_api.callers.clients import Client
from sessions_api.callers.programs import program_of


class SwitchCaller:
    """A :class:`killswitches.conditions.callers.Caller`, of whom no more is read than is asked for.

    :param sender: returns the client that sent the request.
    :param dialect: the dialect of the endpoint; "" for pages and a host's own views.
    :param user: the user's primary key as a text; "" for anonymous callers.
    :param recorded: returns the user agent that the session began with, and the name and version of
        its program that were recorded then. They save parsing the same user agent again.
    :param parse: returns the name and version of the program behind another user agent.
    """

    def __init__(
        self,
        sender: Callable[[], Client],
        dialect: str = "",
        user: str = "",
        *,
        recorded: Callable[[], tuple[str, str, str]] | None = None,
        parse: Callable[[str], tuple[str, str]] = program_of,
    ) -> None:
        self.dialect = dialect
        self.user = user
        self._sender = sender
        self._recorded = recorded
        self._parse = parse

    @property
    def address(self) -> str | None:
        return self._sender().address

    @cached_property
    def client(self) -> tuple[str, str]:
        user_agent = self._sender().user_agent
        if self._recorded:
            at_login, name, version = self._recorded()
            if user_agent == at_login:
                return name, version
        return self._parse(user_agent)
