"""What a kill switch closes, and what comes in there now: for the pages of the kill switches.

Both are read off what is there anyway: the URLs, the policies, and the counts of requests.
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
    """An action at one of its paths.

    :param name: that of the gate, by which its requests are counted.
    :param line: methods and path, such as ``POST /api/v5/login``.
    :param policies: what may hold for a request to it.
    """

    name: str
    line: str
    policies: tuple[Policy, ...]

    def is_closed_by(self, switch: Switch) -> bool:
        """Whether the switch turns anybody away. What is for staff alone stays open to them."""
        return any(
            policy.audience is not Audience.STAFF and switch in (GLOBAL, *policy.switches)
            for policy in self.policies
        )


class SwitchImpact:
    """Answers for all switches, from the URLs of the host project and the counts of requests."""

    def endpoints(self, switch: Switch) -> Sequence[str]:
        """What the switch closes, in the order of the paths."""
        return [endpoint.line for endpoint in _closed_by(switch)]

    def impact(self, switch: Switch) -> impact.Impact:
        """The numbers of the last 15 minutes."""
        names = {endpoint.name for endpoint in _closed_by(switch)}
        traffic = statistics.traffic(names, minutes=_MINUTES)
        return impact.Impact(traffic.requests, traffic.users, traffic.strangers)


class _Enumerator(EndpointEnumerator):
    """Finds the endpoints behind the gate, this app's and the host's own."""

    def should_include_endpoint(self, path: str, callback: object) -> bool:
        viewset = getattr(callback, "cls", None)
        return isinstance(viewset, type) and issubclass(viewset, ApiViewSet)

    def get_path_from_regex(self, path_regex: str) -> str:
        """The path without an optional trailing slash, with the first of alternatives;
        ``:uid`` stands for an id."""
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
    """The endpoints of a URL configuration, which does not change while the process runs.

    Where one view has several mounts, as that of v5 at ``/api`` and ``/api/v5``, it is one endpoint
    at the path that says most.
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
