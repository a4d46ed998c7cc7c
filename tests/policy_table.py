"""The endpoints in a list of URL patterns, and their policies as rows of a table."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from sessions_api.http.dialects.v3 import urls as v3
from sessions_api.http.dialects.v4 import urls as v4
from sessions_api.http.dialects.v5 import urls as v5
from sessions_api.http.dialects.wolfpal import urls as wolfpal
from sessions_api.http.policy import OwnRate, Policy
from sessions_api.scopes import scope_name


def endpoints(patterns: Sequence[Any]) -> Iterator[tuple[str, str, Any, str]]:
    """Yield the method, path (``/users/:uid/sessions``), viewset and action of each endpoint."""
    for pattern in patterns:
        path = re.sub(r"\(\?P<(\w+)>[^)]*\)", r":\1", pattern.pattern.regex.pattern)
        path = "/" + path.removeprefix("^").removesuffix(r"/?\Z")
        for method, action in pattern.callback.actions.items():
            if method != "head":
                yield method.upper(), path, pattern.callback.cls, action


def table(patterns: Sequence[Any]) -> list[str]:
    """Return a line for each policy of each endpoint, in the order of the patterns."""
    return [
        " | ".join([f"{method} {path}", *_columns(policies[action])])
        for method, path, viewset, action in endpoints(patterns)
        for policies in viewset.policy_tables()
    ]


def squeezed(text: str) -> list[str]:
    """Return the lines of a table without the spaces that align its columns."""
    return [re.sub(r"\s+", " ", line).strip() for line in text.strip().splitlines()]


def _columns(policy: Policy) -> list[str]:
    return [
        policy.audience.value,
        " ".join(policy.permissions) or "-",
        scope_name(policy.scope) if policy.scope else "-",
        " ".join(switch.name for switch in policy.switches) or "-",
        _rate(policy.own_rate) if policy.own_rate else "-",
        "yes" if policy.reverification else "-",
    ]


def _rate(own: OwnRate) -> str:
    elsewhere = [rate for rate in own.shared if rate != own.rate]
    return " ".join(
        [
            f"{own.bucket} {own.rate.limit}/{own.rate.period}",
            *(f"also {rate.limit}/{rate.period}" for rate in elsewhere),
            *(f"free {error.__name__}" for error in own.free),
        ]
    )


URLS = {"v3": v3, "v4": v4, "v5": v5, "wolfpal": wolfpal}
