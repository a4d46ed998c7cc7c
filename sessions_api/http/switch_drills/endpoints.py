"""The endpoints of the API and the host's plain views, for drills."""

import json
from collections.abc import Iterator
from functools import partial
from typing import NoReturn, cast

from django.http import HttpRequest, HttpResponse
from rest_framework.exceptions import APIException
from rest_framework.viewsets import ViewSetMixin

from killswitches.conditions.switches_on import SwitchesOn
from killswitches.registry import Switch
from sessions_api.http.authentication import guard
from sessions_api.http.permissions import SwitchIsOn
from sessions_api.http.policy import Audience
from sessions_api.http.switch_drills.gate import GotThrough, bring_gate, made_up_session
from sessions_api.http.switch_drills.requests import variables_of
from sessions_api.http.switch_drills.trials import Answer, Target
from sessions_api.http.switch_impact import SwitchedEndpoint, closed_by
from sessions_api.http.viewsets.base import ApiViewSet


def targets(switch: Switch) -> Iterator[Target]:
    """Yield the endpoints that a switch closes, ordered by path."""
    for endpoint in closed_by(switch):
        is_plain = not issubclass(endpoint.view.cls, ApiViewSet)
        call = partial(_call_plain if is_plain else _call_action, endpoint)
        for method in endpoint.methods:
            yield Target(method, endpoint.path, endpoint.dialect, call, has_own_rules=is_plain)


def _call_action(endpoint: SwitchedEndpoint, request: HttpRequest, on: SwitchesOn) -> Answer:
    viewset = cast(type[ApiViewSet], endpoint.view.cls)
    # A second barrier, for a viewset that does without the gate.
    barriers = dict.fromkeys(endpoint.view.actions.values(), _get_through)
    view = viewset.as_view({**endpoint.view.actions}, **{**endpoint.view.initkwargs, **barriers})
    bring_gate(
        request, made_up_session(on) if _needs_session(viewset, endpoint.action) else None, on
    )
    response = cast(HttpResponse, view(request, **variables_of(endpoint.path)))
    return Answer(response.status_code, json.loads(response.content).get("feature"))


def _get_through(*_args: object, **_kwargs: object) -> NoReturn:
    raise GotThrough


def _needs_session(viewset: type[ApiViewSet], action: str) -> bool:
    return any(
        table[action].audience is Audience.USERS
        for table in viewset.policy_tables()
        if action in table
    )


def _call_plain(endpoint: SwitchedEndpoint, http_request: HttpRequest, on: SwitchesOn) -> Answer:
    """Ask what authentication and permissions of a host's view do. The view itself is not called.

    REST framework's ``dispatch()`` does the same in the same order.
    """
    variables = variables_of(endpoint.path)
    view = endpoint.view.cls(**endpoint.view.initkwargs)
    view.setup(http_request, **variables)
    if isinstance(view, ViewSetMixin):
        view.action_map = {**endpoint.view.actions}
    request = view.request = view.initialize_request(http_request, **variables)
    view.headers = view.default_response_headers
    session = made_up_session(on)
    request.user, request.auth = session.user, session
    try:
        guard(request, session)
        view.check_permissions(request)
    except APIException as refusal:
        response = view.handle_exception(refusal)
        named = refusal.switch.number if isinstance(refusal, SwitchIsOn) else None
        return Answer(response.status_code, named)
    raise GotThrough
