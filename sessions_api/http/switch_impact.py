"""The endpoints that a kill switch closes and their traffic, for the admin of the kill switches.

Both are derived from the URLs, the policies and the request statistics.
"""

import functools
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from django.conf import settings
from rest_framework.schemas.generators import EndpointEnumerator

from killswitches import impact
from killswitches.registry import GLOBAL, Switch
from sessions_api import statistics
from sessions_api.http.policy import Audience, Policy
from sessions_api.http.viewsets.base import ApiViewSet

_MINUTES = int(impact.WINDOW.total_seconds()) // statistics.MINUTE


@dataclass(frozen=True)
class GatedEndpoint:
    """An action and one of its paths.

    :param name: the gate's name for the endpoint, under which statistics count its requests.
    :param line: methods and path, such as ``POST /api/v5/login``.
    :param policies: the policies that may apply to a request.
    """

    name: str
    line: str
    policies: tuple[Policy, ...]

    def is_closed_by(self, switch: Switch) -> bool:
        """Return whether the switch turns anyone away. Staff endpoints stay open to staff."""
        return any(
            policy.audience is not Audience.STAFF and switch in (GLOBAL, *policy.switches)
            for policy in self.policies
        )


class SwitchImpact:
    """The :class:`killswitches.impact.Provider` for the endpoints of the host project."""

    def endpoints(self, switch: Switch) -> Sequence[str]:
        """Return the endpoints that the switch closes, ordered by path."""
        return [endpoint.line for endpoint in _closed_by(switch)]

    def impact(self, switch: Switch) -> impact.Impact:
        """Return the traffic of these endpoints in the last 15 minutes."""
        names = {endpoint.name for endpoint in _closed_by(switch)}
        traffic = statistics.traffic(names, minutes=_MINUTES)
        return impact.Impact(traffic.requests, traffic.users, traffic.strangers)


class _Enumerator(EndpointEnumerator):
    """Enumerates the endpoints behind the gate, both this app's and the host's."""

    def should_include_endpoint(self, path: str, callback: object) -> bool:
        viewset = getattr(callback, "cls", None)
        return isinstance(viewset, type) and issubclass(viewset, ApiViewSet)

    def get_path_from_regex(self, path_regex: str) -> str:
        """Return the path without the optional trailing slash, with groups as ``:uid``.

        Of alternatives, the first is used.
        """
        first = re.sub(r"\(\?:([^|()]*)\|[^()]*\)", r"\1", path_regex.removesuffix(r"/?\Z"))
        path = super().get_path_from_regex(first)
        return re.sub(r"{(\w+)}", r":\1", path)


def _closed_by(switch: Switch) -> list[GatedEndpoint]:
    urlconf = getattr(settings, "ROOT_URLCONF", None)
    return [one for one in _endpoints(urlconf) if one.is_closed_by(switch)] if urlconf else []


#: A view of a URL, and the name of one of its actions.
Action: TypeAlias = tuple[Any, str]


@functools.cache
def _endpoints(urlconf: str) -> list[GatedEndpoint]:
    """Return the endpoints of a URL configuration, which does not change while the process runs.

    A view that is mounted several times, such as v5 at ``/api`` and ``/api/v5``, is one endpoint
    with the longest of its paths.
    """
    paths: dict[Action, list[str]] = defaultdict(list)
    methods: dict[Action, list[str]] = defaultdict(list)
    for path, method, view in _Enumerator(urlconf=urlconf).get_api_endpoints():
        action = view, view.actions[method.lower()]
        paths[action].append(path)
        methods[action].append(method)
    longest = {action: max(found, key=len) for action, found in paths.items()}
    return [
        GatedEndpoint(
            name=view.cls.endpoint_name(action),
            line=f"{', '.join(dict.fromkeys(methods[view, action]))} {path}",
            policies=tuple(table[action] for table in view.cls.policy_tables() if action in table),
        )
        for (view, action), path in sorted(longest.items(), key=lambda item: item[1])
    ]
