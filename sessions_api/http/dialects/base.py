"""Paths, policies and inputs that dialects share."""

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
from sessions_api.http.viewsets.base import ApiViewSet
from sessions_api.http.viewsets.gated import RefusalView, RenderError
from sessions_api.ratelimits.rates import Rate
from sessions_api.scopes import Scope

#: A path segment: an id or an alias.
SEGMENT = r"[^/]+"


def route(path: str, viewset: type[ViewSet], **actions: str) -> URLPattern:
    """Return the URL pattern of an endpoint, with an optional slash at its end.

    Its actions call services, which have transactions of their own, so ``ATOMIC_REQUESTS`` does not
    apply to them.

    :param path: a regular expression without anchors.
    :param actions: the viewset's action for each HTTP method, in lower case.
    """
    options = {"is_atomic": False} if issubclass(viewset, ApiViewSet) else {}
    return re_path(rf"^{path}/?\Z", viewset.as_view({**actions}, **options))


def other_path(path: str, endpoint: URLPattern) -> URLPattern:
    """Return the URL pattern of another path to an endpoint, with the same named groups.

    :param path: as for :func:`route`.
    """
    return re_path(rf"^{path}/?\Z", endpoint.callback)


def fallback_route(render_error: RenderError = envelope) -> URLPattern:
    """Return the URL pattern for unknown paths, which gives 404 errors. It must come last.

    :param render_error: returns the body of an error in the dialect's form.
    """
    return re_path(r"", RefusalView.as_view(refusal=InvalidEndpoint, form=render_error))


# Policies that several dialects share.
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
#: The policies of :class:`~sessions_api.http.viewsets.sessions.SessionViewSet` for callers' own
#: sessions, and for staff access to any user's.
OWN_POLICIES = of_owned(READ, END)
STAFF_POLICIES = of_owned(STAFF_READ, STAFF_END)


def login_policy(rate: Rate, *free: type[ApiError]) -> Policy:
    """Return the policy of a dialect's login endpoint.

    :param rate: the endpoint's own rate.
    :param free: errors that do not count towards it.
    """
    return Policy(
        audience=Audience.ANONYMOUS,
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
    """Input with ids under v3's name for them."""

    sessions = IdsField(source="ids")


#: The headers that name a new session in v3 and v4, in order of precedence.
OLDER_NAME_HEADERS = ("X-Session-Name", "X-Token-Name")
