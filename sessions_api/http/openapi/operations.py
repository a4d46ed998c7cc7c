"""What there is to be done, whatever the dialect, and what only the doing can refuse.

What a policy refuses stands in the policy; see :mod:`sessions_api.http.openapi.errors`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sessions_api.exceptions import ApiError, InvalidKillSwitch, InvalidPassword, InvalidUser
from sessions_api.http.openapi import parameters
from sessions_api.http.viewsets.hello import HelloViewSet
from sessions_api.http.viewsets.killswitches import KillSwitchViewSet
from sessions_api.http.viewsets.login import LoginViewSet
from sessions_api.http.viewsets.scoped_sessions import ScopedSessionCreation
from sessions_api.http.viewsets.sessions import SessionViewSet


@dataclass(frozen=True)
class Operation:
    """What an action does.

    :param structure: the dialect's name for what it answers when it succeeds, with ``status``.
    :param parameters: what it reads of query and headers.
    :param errors: what only the doing can refuse.
    """

    summary: str
    structure: str
    status: int = 200
    parameters: tuple[Mapping[str, object], ...] = ()
    errors: tuple[ApiError, ...] = ()


@dataclass(frozen=True)
class Tag:
    """What operations are grouped by."""

    name: str
    description: str


@dataclass(frozen=True)
class Resource:
    """A kind of thing, and what can be done with it, by action."""

    tag: Tag
    operations: Mapping[str, Operation]


GREETING = Tag("Greeting", "By which a client finds the API.")
LOGIN = Tag("Login", "A password, and perhaps a second factor, for the token of a new session.")
SESSIONS = Tag("Sessions", "What is logged in: to be seen, made for scripts, and ended.")
KILL_SWITCHES = Tag("Kill switches", "Close parts of the service to all but staff.")

RESOURCES: dict[type, Resource] = {
    HelloViewSet: Resource(
        GREETING,
        {"hello": Operation("Find the API, by any method", "Hello")},
    ),
    LoginViewSet: Resource(
        LOGIN,
        {
            "create": Operation(
                "Log in",
                "SuccessfulAuth",
                status=201,
                parameters=(parameters.SESSION_NAME,),
                errors=(InvalidUser(), InvalidPassword()),
            )
        },
    ),
    ScopedSessionCreation: Resource(
        SESSIONS,
        {"create": Operation("Make a scoped session", "ScopedSession", status=201)},
    ),
    SessionViewSet: Resource(
        SESSIONS,
        {
            "list": Operation("List sessions", "SessionList", parameters=parameters.PAGE),
            "retrieve_current": Operation("See the current session", "Session"),
            "retrieve": Operation("See a session", "Session"),
            "destroy": Operation("End a session", "DeleteSession"),
            "destroy_many": Operation("End some sessions", "DeleteSessions"),
            "destroy_all": Operation("End all sessions", "DeleteSessions"),
        },
    ),
    KillSwitchViewSet: Resource(
        KILL_SWITCHES,
        {
            "list": Operation("List the kill switches", "KillSwitchList"),
            "update": Operation(
                "Turn a kill switch on", "KillSwitchList", errors=(InvalidKillSwitch(),)
            ),
            "destroy": Operation(
                "Turn a kill switch off", "KillSwitchList", errors=(InvalidKillSwitch(),)
            ),
            "destroy_all": Operation("Turn all kill switches off", "KillSwitchList"),
        },
    ),
}
