"""The endpoints of OFREP 0.3: one flag, and all flags.

Both read all switches with one query, and are closed by none of them: under GLOBAL, other services
have to learn that it is on. The flag of a switch with conditions depends on the context, which says
for which caller it is evaluated.
"""

import functools
import hashlib
import json
from collections.abc import Callable, Mapping

from django.http import HttpRequest, HttpResponse
from django.utils.cache import add_never_cache_headers
from django.utils.http import parse_etags, quote_etag
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from killswitches.conditions.callers import Caller
from killswitches.conditions.switches_on import SwitchesOn
from killswitches.gate import switches_on
from killswitches.ofrep.access import has_token, is_public
from killswitches.ofrep.bodies import Unusable, read_context
from killswitches.ofrep.contexts import caller_in
from killswitches.registry import Switch, UnknownSwitch, registry

View = Callable[..., HttpResponse]


def _endpoint(view: View) -> View:
    """Let a view answer POST requests of those who may read the flags, and never cache it."""

    @csrf_exempt
    @require_POST
    @functools.wraps(view)
    def guarded(request: HttpRequest, **captured: str) -> HttpResponse:
        if is_public() or has_token(request):
            response = view(request, **captured)
        else:
            challenge = {"WWW-Authenticate": "Bearer"}
            response = json_response({"errorDetails": "A token is required."}, 401, challenge)
        add_never_cache_headers(response)
        return response

    return guarded


@_endpoint
def all_flags(request: HttpRequest) -> HttpResponse:
    """Return all flags with an ``ETag``, or 304 if the client knows them (``If-None-Match``)."""
    try:
        caller = caller_in(read_context(request))
    except Unusable as error:
        return json_response({"errorCode": error.code, "errorDetails": error.details}, error.status)
    found = switches_on()
    response = json_response({"flags": [_flag(switch, found, caller) for switch in registry]})
    etag = quote_etag(hashlib.sha256(response.content).hexdigest())
    # A proxy that compresses the response makes the tag a weak one (RFC 9110, 8.8.3).
    known = {
        one.removeprefix("W/") for one in parse_etags(request.headers.get("If-None-Match", ""))
    }
    if etag in known or "*" in known:
        response = HttpResponse(status=304)
    response.headers["ETag"] = etag
    return response


@_endpoint
def one_flag(request: HttpRequest, key: str) -> HttpResponse:
    """Return a flag; 404 if no switch has the name ``key``."""
    try:
        caller = caller_in(read_context(request))
        switch = registry.get(key)
    except UnknownSwitch:
        return _failure(key, "FLAG_NOT_FOUND", "No kill switch has this name.", 404)
    except Unusable as error:
        return _failure(key, error.code, error.details, error.status)
    return json_response(_flag(switch, switches_on(), caller))


def _flag(switch: Switch, found: SwitchesOn, caller: Caller) -> dict[str, object]:
    is_on = found.applies(switch, lambda: caller)
    reason = "STATIC"
    if switch.bit in found.conditional:
        reason = "TARGETING_MATCH" if is_on else "DEFAULT"
    return {
        "key": switch.name,
        "value": is_on,
        "variant": "on" if is_on else "off",
        "reason": reason,
        "metadata": {"number": switch.number, "description": switch.description},
    }


def _failure(key: str, code: str, details: str, status: int) -> HttpResponse:
    return json_response({"key": key, "errorCode": code, "errorDetails": details}, status)


def json_response(
    body: dict[str, object], status: int = 200, headers: Mapping[str, str] | None = None
) -> HttpResponse:
    """Return a JSON response."""
    return HttpResponse(json.dumps(body), "application/json", status, headers=headers)
