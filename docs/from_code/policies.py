"""The policies of the endpoints: audience, scope, and the switches that close them."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from from_code.descriptions import description
from from_code.markdown import code, codes
from from_code.markdown import table as markdown_table
from from_code.settings import how_often
from killswitches.registry import GLOBAL, Switch, registry
from sessions_api.http.dialects.v5.urls import urlpatterns
from sessions_api.http.policy import Policy
from sessions_api.http.switch_impact import SwitchImpact
from sessions_api.scopes import Scope
from tests.policy_table import endpoints

V5 = "/api/v5"


def table() -> str:
    """Return a table of v5's endpoints."""
    return markdown_table(
        ["endpoint", "what it asks"],
        [
            [code(f"{method} {path}"), "; ".join(_asked(policy))]
            for method, path, policy in _policies()
        ],
    )


def scopes() -> str:
    """Return a table of the scopes, with their flags, meanings and endpoints of v5."""
    opened: dict[str, list[str]] = defaultdict(list)
    for method, path, policy in _policies():
        if policy.scope:
            opened[str(policy.scope.name)].append(f"{method} {path}")
    meanings = description("v5")["x-scopes"]
    return markdown_table(
        ["flag", "scope", "what it lets a session do", "endpoints of v5"],
        [
            [
                str(scope.value),
                code(scope.name),
                meanings[scope.name]["description"],
                codes(opened[str(scope.name)]),
            ]
            for scope in Scope
        ],
    )


def switches() -> str:
    """Return a table of the kill switches, with the endpoints of v5 that they close."""
    closed = SwitchImpact().endpoints
    return markdown_table(
        ["number", "name", "what it does", "closes, of v5"],
        [
            [
                str(one.number),
                code(one.name),
                one.description,
                _closed(one, closed(one)),
            ]
            for one in registry
        ],
    )


def _policies() -> Iterator[tuple[str, str, Policy]]:
    for method, path, viewset, action in endpoints(urlpatterns):
        for policies in viewset.policy_tables():
            yield method, path, policies[action]


def _asked(policy: Policy) -> Iterator[str]:
    """Return what a policy requires of a request, in words."""
    permission = f" with {codes(policy.permissions)}" if policy.permissions else ""
    yield f"{policy.audience.value}{permission}"
    if policy.scope:
        yield f"scope {code(policy.scope.name)}"
    if policy.switches:
        yield f"closed by {codes(switch.name for switch in policy.switches)}"
    if policy.reverification:
        yield "the password again"
    if own := policy.own_rate:
        yield f"at most {how_often(own.rate)}"


def _closed(switch: Switch, lines: Sequence[str]) -> str:
    if switch is GLOBAL:
        return "all that is not for staff alone"
    return codes(line.replace(V5, "") for line in lines if V5 in line)
