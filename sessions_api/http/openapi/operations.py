"""The operations of the API, which dialects share.

Errors that follow from policies are not listed here; see :mod:`sessions_api.http.openapi.errors`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sessions_api.exceptions import (
    ApiError,
    InsufficientPermissions,
    InvalidKillSwitch,
    InvalidPassword,
    InvalidUser,
    TooManySessions,
)
from sessions_api.http.openapi import parameters
from sessions_api.http.viewsets.hello import HelloViewSet
from sessions_api.http.viewsets.killswitches import KillSwitchViewSet
from sessions_api.http.viewsets.login import LoginViewSet
from sessions_api.http.viewsets.scoped_sessions import ScopedSessionCreation
from sessions_api.http.viewsets.sessions import SessionViewSet


@dataclass(frozen=True)
class Operation:
    """The description of an action.

    :param summary: a short imperative phrase.
    :param structure: the name of the dialect's structure for the body of a successful response.
    :param status: the status of that response.
    :param parameters: query parameters and headers.
    :param errors: errors that the action itself raises.
    :param accepted: when the status is 202 instead, with the same structure; empty for never.
    """

    summary: str
    structure: str
    status: int = 200
    parameters: tuple[Mapping[str, object], ...] = ()
    errors: tuple[ApiError, ...] = ()
    accepted: str = ""


@dataclass(frozen=True)
class Tag:
    """A tag, by which operations are grouped."""

    name: str
    description: str


@dataclass(frozen=True)
class Resource:
    """The operations on a kind of object, by action."""

    tag: Tag
    operations: Mapping[str, Operation]


GREETING = Tag("Greeting", "Lets clients discover the API.")
LOGIN = Tag("Login", "Exchange a password, and a second factor if required, for a session token.")
SESSIONS = Tag("Sessions", "List and end sessions, and create scoped sessions for scripts.")
KILL_SWITCHES = Tag("Kill switches", "Close parts of the service to everyone except staff.")

RESOURCES: dict[type, Resource] = {
    HelloViewSet: Resource(
        GREETING,
        {"hello": Operation("Discover the API, by any method", "Hello")},
    ),
    LoginViewSet: Resource(
        LOGIN,
        {
            "create": Operation(
                "Log in",
                "SuccessfulAuth",
                status=201,
                parameters=(parameters.SESSION_NAME,),
                errors=(
                    InvalidUser(),
                    InvalidPassword(),
                    # By the host's adapter.
                    InsufficientPermissions(),
                    TooManySessions(),
                ),
            )
        },
    ),
    ScopedSessionCreation: Resource(
        SESSIONS,
        {
            "create": Operation(
                "Create a scoped session", "ScopedSession", status=201, errors=(TooManySessions(),)
            )
        },
    ),
    SessionViewSet: Resource(
        SESSIONS,
        {
            "list": Operation("List sessions", "SessionList", parameters=parameters.PAGE),
            "retrieve_current": Operation("Show the current session", "Session"),
            "retrieve": Operation("Show a session", "Session"),
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
                "Turn a kill switch on",
                "KillSwitchList",
                errors=(InvalidKillSwitch(),),
                accepted=(
                    "The switch needs a second person, and is unchanged. It is turned on when "
                    "somebody else sends the same request within 15 minutes, or confirms it in the "
                    "admin."
                ),
            ),
            "destroy": Operation(
                "Turn a kill switch off", "KillSwitchList", errors=(InvalidKillSwitch(),)
            ),
            "destroy_all": Operation("Turn all kill switches off", "KillSwitchList"),
        },
    ),
}
