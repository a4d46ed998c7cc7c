"""What the policies of the endpoints say: who may, by which scope, and what closes them."""

from collections import defaultdict
from collections.abc import Sequence

from django.urls import URLPattern

from from_code.descriptions import description
from from_code.markdown import code, codes
from from_code.markdown import table as markdown_table
from killswitches.registry import GLOBAL, Switch, registry
from sessions_api.http.dialects.v5.urls import urlpatterns
from sessions_api.http.switch_impact import SwitchImpact
from sessions_api.scopes import Scope
from tests import policy_table

V5 = "/api/v5"


def table() -> str:
    """Each endpoint of v5."""
    rows = [line.split(" | ") for line in policy_table.table(_patterns())]
    return markdown_table(
        [
            "endpoint",
            "audience",
            "permission",
            "scope",
            "switches beside `GLOBAL`",
            "rate of its own",
            "password",
        ],
        [[code(row[0]), *(_cell(cell) for cell in row[1:])] for row in rows],
    )


def scopes() -> str:
    """Each scope with its flag, its meaning and the endpoints of v5 that it opens."""
    opened: dict[str, list[str]] = defaultdict(list)
    for line in policy_table.table(_patterns()):
        endpoint, _, _, scope, *_ = line.split(" | ")
        opened[scope].append(endpoint)
    meanings = description("v5")["x-scopes"]
    return markdown_table(
        ["flag", "scope", "lets the session", "endpoints of v5"],
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
    """Each kill switch with what it closes at v5's own mount."""
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


def _patterns() -> list[URLPattern]:
    return list(urlpatterns)


def _cell(text: str) -> str:
    return "" if text == "-" else text


def _closed(switch: Switch, lines: Sequence[str]) -> str:
    if switch is GLOBAL:
        return "all that is not for staff alone"
    return codes(line.replace(V5, "") for line in lines if V5 in line)
