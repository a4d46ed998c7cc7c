"""What Django answers when no view does: JSON under the API, Django's own pages elsewhere."""

from django.http import HttpRequest, HttpResponse
from django.views import defaults

from cumulonimbus.middleware import is_api
from sessions_api.exceptions import (
    InsufficientPermissions,
    Internal,
    InvalidBody,
    InvalidEndpoint,
)
from sessions_api.handlers import json_response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_api(request):
        return json_response(InvalidBody())
    return defaults.bad_request(request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_api(request):
        return json_response(InsufficientPermissions())
    return defaults.permission_denied(request, exception)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_api(request):
        return json_response(InvalidEndpoint())
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    if is_api(request):
        return json_response(Internal())
    return defaults.server_error(request)
