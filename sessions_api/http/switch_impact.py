"""The endpoints that a kill switch closes and their traffic, for the admin of the kill switches.

Endpoints are found by the URLs, the policies, and the permissions of a host's plain DRF views.
Traffic comes from the request statistics, which do not include plain views.
"""

import functools
import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from django.conf import settings
from rest_framework.schemas.generators import EndpointEnumerator
from rest_framework.views import APIView

from killswitches import impact
from killswitches.registry import GLOBAL, Switch
from sessions_api import statistics
from sessions_api.http.authentication import Gated, SessionTokenAuthentication
from sessions_api.http.cookies.authentication import SessionCookieAuthentication
from sessions_api.http.permissions import switches_of
from sessions_api.http.policy import Audience
from sessions_api.http.viewsets.base import ApiViewSet

#: The authentication classes of plain views that take session tokens.
TAKING_TOKENS = (SessionTokenAuthentication, SessionCookieAuthentication)

_MINUTES = int(impact.WINDOW.total_seconds()) // statistics.MINUTE


class View(Protocol):
    """A view of a URL, as DRF's ``as_view()`` returns it."""

    cls: type[APIView]
    actions: Mapping[str, str]
    initkwargs: Mapping[str, Sequence[Callable[[], object]]]


@dataclass(frozen=True)
class SwitchedEndpoint:
    """An action and one of its paths.

    :param name: the gate's name for the endpoint, under which statistics count its requests; "" for
        a plain view.
    :param view: the view of its URL.
    :param action: the action; "" if the view has none.
    :param methods: the methods, in upper case.
    :param path: the path, such as ``/api/v5/users/:uid``.
    :param switches: those that turn anyone away. Staff endpoints stay open to staff.
    :param dialect: the name of its dialect; "" if it belongs to none.
    """

    name: str
    view: View
    action: str
    methods: tuple[str, ...]
    path: str
    switches: frozenset[Switch]
    dialect: str = ""

    @property
    def line(self) -> str:
        """Methods and path, such as ``POST /api/v5/login``."""
        return f"{', '.join(self.methods)} {self.path}"


class SwitchImpact:
    """The :class:`killswitches.impact.Provider` for the endpoints of the host project."""

    def endpoints(self, switch: Switch) -> Sequence[str]:
        """Return the endpoints that the switch closes, ordered by path."""
        return [endpoint.line for endpoint in closed_by(switch)]

    def impact(self, switch: Switch) -> impact.Impact:
        """Return the traffic of these endpoints in the last 15 minutes."""
        names = {endpoint.name for endpoint in closed_by(switch)}
        traffic = statistics.traffic(names, minutes=_MINUTES)
        return impact.Impact(traffic.requests, traffic.users, traffic.anonymous)


class _Enumerator(EndpointEnumerator):
    """Enumerates the endpoints that take session tokens, both this app's and the host's."""

    def should_include_endpoint(self, path: str, callback: View) -> bool:
        view = getattr(callback, "cls", None)
        if not (isinstance(view, type) and issubclass(view, APIView)):
            return False
        return issubclass(view, ApiViewSet) or takes_tokens(callback)

    def get_path_from_regex(self, path_regex: str) -> str:
        """Return the path without the optional trailing slash, with groups as ``:uid``.

        Of alternatives, the first is used.
        """
        first = re.sub(r"\(\?:([^|()]*)\|[^()]*\)", r"\1", path_regex.removesuffix(r"/?\Z"))
        path = super().get_path_from_regex(first)
        return re.sub(r"{(\w+)}", r":\1", path)


def mounted_dialects() -> list[str]:
    """Return the names of the dialects that the host project has mounted."""
    return sorted({one.dialect for one in _mounted() if one.dialect})


def closed_by(switch: Switch) -> list[SwitchedEndpoint]:
    """Return the endpoints that a switch closes, ordered by path."""
    return [one for one in _mounted() if switch in one.switches]


def _mounted() -> list[SwitchedEndpoint]:
    urlconf = getattr(settings, "ROOT_URLCONF", None)
    return _endpoints(urlconf) if urlconf else []


#: A view, and the name of one of its actions; "" if it has none.
Action: TypeAlias = tuple[View, str]


@functools.cache
def _endpoints(urlconf: str) -> list[SwitchedEndpoint]:
    """Return the endpoints of a URL configuration, which does not change while the process runs.

    A view that is mounted several times, such as v5 at ``/api`` and ``/api/v5``, is one endpoint
    with the longest of its paths.
    """
    paths: dict[Action, list[str]] = defaultdict(list)
    methods: dict[Action, list[str]] = defaultdict(list)
    for path, method, view in _Enumerator(urlconf=urlconf).get_api_endpoints():
        action = view, getattr(view, "actions", {}).get(method.lower(), "")
        paths[action].append(path)
        methods[action].append(method)
    longest = {action: max(found, key=len) for action, found in paths.items()}
    return [
        _endpoint(view, action, tuple(dict.fromkeys(methods[view, action])), path)
        for (view, action), path in sorted(longest.items(), key=lambda item: item[1])
    ]


def _endpoint(view: View, action: str, methods: tuple[str, ...], path: str) -> SwitchedEndpoint:
    if issubclass(view.cls, ApiViewSet):
        closing = (
            switch
            for table in view.cls.policy_tables()
            if action in table and table[action].audience is not Audience.STAFF
            for switch in (GLOBAL, *table[action].switches)
        )
        name, dialect = view.cls.endpoint_name(action), view.cls.dialect
        return SwitchedEndpoint(name, view, action, methods, path, frozenset(closing), dialect)
    permissions = view.initkwargs.get("permission_classes", view.cls.permission_classes)
    named = switches_of(permission() for permission in permissions)
    return SwitchedEndpoint("", view, action, methods, path, frozenset({GLOBAL} | named))


def takes_tokens(view: View) -> bool:
    """Return whether a view is a host's plain one that takes session tokens, in whatever way."""
    classes = view.initkwargs.get("authentication_classes", view.cls.authentication_classes)
    asked = any(isinstance(one, type) and issubclass(one, TAKING_TOKENS) for one in classes)
    return asked and not issubclass(view.cls, Gated)
