"""What Django answers when no view does: JSON under the API, Django's own pages elsewhere."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.views import defaults

from cumulonimbus.middleware import is_api
from sessions_api.exceptions import (
    InsufficientPermissions,
    Internal,
    InvalidBody,
    InvalidEndpoint,
)
from sessions_api.handlers import json_response
from sessions_api.viewsets.gated import refuse


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    if is_api(request):
        return refuse(request, InvalidBody)
    return defaults.bad_request(request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    if is_api(request):
        return refuse(request, InsufficientPermissions)
    return defaults.permission_denied(request, exception)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    if is_api(request):
        return refuse(request, InvalidEndpoint)
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    if is_api(request):
        return json_response(Internal())
    return defaults.server_error(request)
