"""What the dialects share: paths, policies and inputs."""

from datetime import timedelta

from django.urls import re_path
from django.urls.resolvers import URLPattern
from rest_framework import serializers
from rest_framework.viewsets import ViewSet

from killswitches.registry import ACCOUNT_LOGIN, ACCOUNT_MODIFY
from sessions_api.accounts.privileges import END_SESSIONS, VIEW_SESSIONS
from sessions_api.exceptions import ApiError, InvalidEndpoint
from sessions_api.http.errors import envelope
from sessions_api.http.fields import FlagField, IdsField, TextField
from sessions_api.http.policy import Audience, Policy, login_rate, of_owned
from sessions_api.http.viewsets.gated import RefusalView, RenderError
from sessions_api.ratelimits.rates import Rate
from sessions_api.scopes import Scope

#: The part of a path that is an id or an alias.
SEGMENT = r"[^/]+"


def route(path: str, viewset: type[ViewSet], **actions: str) -> URLPattern:
    """A path with an optional trailing slash.

    :param path: a regular expression without anchors.
    :param actions: the action for each HTTP method, in small letters.
    """
    return re_path(rf"^{path}/?\Z", viewset.as_view({**actions}))


def other_path(path: str, endpoint: URLPattern) -> URLPattern:
    """A further path to an endpoint, with the same names for its parts.

    :param path: as for :func:`route`.
    """
    return re_path(rf"^{path}/?\Z", endpoint.callback)


def fallback_route(render_error: RenderError = envelope) -> URLPattern:
    """What answers every path that is no endpoint, in the dialect's form. It comes last."""
    return re_path(r"", RefusalView.as_view(refusal=InvalidEndpoint, form=render_error))


# What several dialects promise alike.
READ = Policy(audience=Audience.USERS, scope=Scope.SESSION_READ)
END = Policy(audience=Audience.USERS, scope=Scope.SESSION_MODIFY, switches=(ACCOUNT_MODIFY,))
STAFF_READ = Policy(
    audience=Audience.STAFF, permission=VIEW_SESSIONS, scope=Scope.STAFF_READ_SESSIONS
)
STAFF_END = Policy(
    audience=Audience.STAFF,
    permission=END_SESSIONS,
    spares_superusers=True,
    scope=Scope.STAFF_MODIFY_SESSIONS,
)
#: Of the actions of :class:`~sessions_api.http.viewsets.sessions.SessionViewSet` on one's own
#: sessions, and on anybody's.
OWN_POLICIES = of_owned(READ, END)
STAFF_POLICIES = of_owned(STAFF_READ, STAFF_END)

DAY = timedelta(hours=24)
#: As the originals count them: of 365.25 days.
TEN_YEARS = timedelta(days=3652.5)


def login_policy(rate: Rate, *free: type[ApiError]) -> Policy:
    """The policy of a login at a dialect's own rate."""
    return Policy(
        audience=Audience.STRANGERS,
        switches=(ACCOUNT_LOGIN,),
        own_rate=login_rate(rate, *free),
        checks_password=True,
    )


class RememberInput(serializers.Serializer[None]):
    rememberMe = FlagField(source="remember")  # noqa: N815


class LoginInput(RememberInput):
    username = TextField()
    password = TextField(trim_whitespace=False)


class IdsInput(serializers.Serializer[None]):
    ids = IdsField()


class SessionsInput(serializers.Serializer[None]):
    """The ids as v3 calls them."""

    sessions = IdsField(source="ids")


#: v3 and v4 take either.
OLDER_NAME_HEADERS = ("X-Session-Name", "X-Token-Name")
