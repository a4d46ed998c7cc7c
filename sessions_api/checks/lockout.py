"""A system check: no kill switches, whichever are on, keep staff from turning them off."""

from collections.abc import Iterator
from itertools import compress, product
from typing import cast

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.core import checks
from django.urls import URLPattern, URLResolver, get_resolver

from killswitches.registry import registry
from sessions_api.checks.settings import api_routes
from sessions_api.http import gate
from sessions_api.http.policy import Audience, Policy
from sessions_api.http.viewsets.killswitches import KillSwitchViewSet
from sessions_api.models import UserSession

#: How many switches are tried in every combination; those of the host beyond are tried together.
TRIED_SINGLY = 9

Patterns = list[URLPattern | URLResolver]


@checks.register("sessions_api")
def check_lockout(**kwargs: object) -> list[checks.CheckMessage]:
    """E008: kill switches could close what staff turn them off with."""
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
            yield f"Kill switches can close {viewset.__qualname__}, which the admin serves."


def _closed_endpoints(patterns: Patterns) -> Iterator[str]:
    """The endpoints that flip switches are for staff, and open to them with any switches on."""
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
            yield f"An endpoint of the kill switches is not for staff alone: {policy}."
        elif not _staff_pass(policy):
            yield f"Kill switches can close an endpoint that flips them: {policy}."


def _masks() -> Iterator[int]:
    """Every combination of switches that are on."""
    bits = [switch.bit for switch in registry]
    blocks = [*bits[:TRIED_SINGLY], *filter(None, [sum(bits[TRIED_SINGLY:])])]
    for chosen in product((False, True), repeat=len(blocks)):
        yield sum(compress(blocks, chosen))


class _Staff:
    """Somebody of the staff, with as much of an account as the switches are about."""

    is_authenticated = is_active = is_staff = True


class _StaffSession:
    """A session of theirs, as it comes with the switches that are on."""

    is_scoped = False

    def __init__(self, mask: int) -> None:
        self.switch_mask = mask


def _staff_pass(policy: Policy) -> bool:
    """Whether the gate's own decision leaves the action open to staff, whatever switches are on."""
    staff = cast(AbstractBaseUser, _Staff())
    return all(
        gate.closing_switch(policy, cast(UserSession, _StaffSession(mask)), staff) is None
        for mask in _masks()
    )
