"""The account pages, for drills of kill switches."""

import functools
from collections.abc import Iterator
from functools import partial
from typing import Protocol

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from rest_framework.schemas.generators import EndpointEnumerator

from killswitches.conditions.switches_on import SwitchesOn
from killswitches.registry import GLOBAL, Switch
from sessions_api.account.views.base import AccountPage
from sessions_api.http.cookies.terms import PAGES
from sessions_api.http.policy import Audience, Policy
from sessions_api.http.switch_drills.gate import bring_gate, made_up_session
from sessions_api.http.switch_drills.requests import variables_of
from sessions_api.http.switch_drills.trials import Answer, Target


class _View(Protocol):
    """A view of a URL, as Django's ``as_view()`` returns it."""

    view_class: type[AccountPage]

    def __call__(self, request: HttpRequest, **kwargs: str) -> HttpResponseBase: ...


class _Enumerator(EndpointEnumerator):
    """Enumerates the account pages, and their methods under a policy."""

    def should_include_endpoint(self, path: str, callback: _View) -> bool:
        page = getattr(callback, "view_class", None)
        return isinstance(page, type) and issubclass(page, AccountPage)

    def get_allowed_methods(self, callback: _View) -> list[str]:
        policies = callback.view_class.drilled_policies()
        return [method.upper() for method, policy in policies.items() if policy is not None]


def pages(switch: Switch) -> Iterator[Target]:
    """Yield the pages that a switch closes, ordered by path."""
    urlconf = getattr(settings, "ROOT_URLCONF", None)
    for path, method, view in _mounted(urlconf) if urlconf else ():
        policy = view.view_class.drilled_policies()[method.lower()]
        if policy is None or policy.always_open:
            continue
        if switch in (GLOBAL, *policy.switches):
            yield Target(method, path, PAGES, partial(_call, view, policy, path))


@functools.cache
def _mounted(urlconf: str) -> list[tuple[str, str, _View]]:
    found = _Enumerator(urlconf=urlconf).get_api_endpoints()
    return [(path.replace("{", ":").replace("}", ""), method, view) for path, method, view in found]


def _call(view: _View, policy: Policy, path: str, request: HttpRequest, on: SwitchesOn) -> Answer:
    session = made_up_session(on) if policy.audience is Audience.USERS else None
    closed_by = bring_gate(request, session, on)
    response = view(request, **variables_of(path))
    return Answer(response.status_code, closed_by[0] if closed_by else None)
