"""A system check: no combination of kill switches may keep staff from turning them off."""

from collections.abc import Iterator
from itertools import compress, product
from typing import cast

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.core import checks
from django.http import HttpRequest
from django.urls import URLPattern, URLResolver, get_resolver

from killswitches.conditions.switches_on import SwitchesOn
from killswitches.registry import BUILT_IN, registry
from sessions_api.checks.settings import api_routes
from sessions_api.http import gate
from sessions_api.http.policy import Audience, Policy
from sessions_api.http.viewsets.killswitches import KillSwitchViewSet
from sessions_api.models import UserSession

Patterns = list[URLPattern | URLResolver]


@checks.register("sessions_api")
def check_lockout(**kwargs: object) -> list[checks.CheckMessage]:
    """E008: kill switches could close the endpoints or admin pages that turn them off."""
    if not getattr(settings, "ROOT_URLCONF", None):
        return []
    patterns = get_resolver().url_patterns
    return [
        checks.Error(text, id="sessions_api.E008")
        for text in [*_gated_admin_pages(patterns), *_closed_endpoints(patterns)]
    ]


def _gated_admin_pages(patterns: Patterns) -> Iterator[str]:
    for pattern in patterns:
        if not isinstance(pattern, URLResolver):
            continue
        if pattern.app_name != "admin":
            yield from _gated_admin_pages(pattern.url_patterns)
            continue
        for viewset, _ in api_routes(pattern.url_patterns):
            yield f"Kill switches can close {viewset.__qualname__}, which is part of the admin."


def _closed_endpoints(patterns: Patterns) -> Iterator[str]:
    """Yield a sentence for each endpoint that flips switches and could be closed to staff."""
    policies = {
        table[action]
        for viewset, actions in api_routes(patterns)
        if issubclass(viewset, KillSwitchViewSet)
        for table in viewset.policy_tables()
        for action in actions.values()
        if action in table
    }
    for policy in policies:
        if policy.audience is not Audience.STAFF:
            yield f"An endpoint of the kill switches is not for staff only: {policy}."
        elif not _staff_pass(policy):
            yield f"Kill switches can close an endpoint that flips them: {policy}."


def _masks() -> Iterator[int]:
    """Yield a mask for every combination of enabled switches.

    Those of the host are enabled together or not at all, because each one more would double the
    number of combinations.
    """
    further = sum(switch.bit for switch in registry if switch not in BUILT_IN)
    blocks = [*(switch.bit for switch in BUILT_IN), *filter(None, [further])]
    for chosen in product((False, True), repeat=len(blocks)):
        yield sum(compress(blocks, chosen))


class _Staff:
    """A member of staff, with the attributes of an account that the gate looks at."""

    is_authenticated = is_active = is_staff = True


class _StaffSession:
    """A session of theirs, with the enabled switches as a mask."""

    is_scoped = False

    def __init__(self, mask: int) -> None:
        self.switches_on = SwitchesOn(mask)


def _staff_pass(policy: Policy) -> bool:
    """Return True if the gate itself admits staff to the action with any switches enabled."""
    staff = cast(AbstractBaseUser, _Staff())
    return all(
        gate.closing_switch(policy, HttpRequest(), cast(UserSession, _StaffSession(mask)), staff)
        is None
        for mask in _masks()
    )
