"""The labels of requests. Whatever a client sends, they have only values that are in the code."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from sessions_api.exceptions import (
    ApiError,
    DatabaseUnavailable,
    Overloaded,
    RateLimited,
    ServiceUnavailable,
)
from sessions_api.fastpath.responses import ApiResponse
from sessions_api.http.viewsets.gated import RefusalView
from sessions_api.logs.access import METHODS, NONE, readable_route

#: The labels of refusals, by the class of the error.
REASONS: dict[type[ApiError], str] = {
    RateLimited: "rate_limit",
    ServiceUnavailable: "kill_switch",
    Overloaded: "hashing_queue",
    DatabaseUnavailable: "database",
}
OTHER = "other"


def method_of(request: HttpRequest) -> str:
    """Return the method; :data:`NONE` if it is none of HTTP's usual ones."""
    method = str(request.method)
    return method if method in METHODS else NONE


def endpoint_of(request: HttpRequest) -> tuple[str, str]:
    """Return the endpoint and its dialect.

    :returns: the route, such as ``/api/v5/users/me/sessions/<sid>``, and ``v5``. The route is
        :data:`NONE` if there is no such path, and the dialect for what is not part of the API.
    """
    match = request.resolver_match
    if match is None:
        return NONE, NONE
    view = getattr(match.func, "cls", None)
    if view is RefusalView:
        return NONE, NONE
    return readable_route(match.route), getattr(view, "dialect", "") or NONE


def reason_of(response: HttpResponseBase) -> str:
    """Return what refused a request that was answered with 429 or 503."""
    if response.status_code == 429:
        return REASONS[RateLimited]
    error = response.error if isinstance(response, ApiResponse) else None
    return REASONS.get(type(error), OTHER) if error else OTHER
