"""Error handlers: JSON for requests to the API, Django's own pages for others."""

import functools
import sys
from collections.abc import Callable, Mapping

from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import HttpRequest, HttpResponse, HttpResponseBase, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext
from django.views import defaults

from cumulonimbus.home import CONTENT_SECURITY_POLICY
from cumulonimbus.middleware import is_api
from killswitches.middleware import IncompleteForm
from sessions_api.admin import csrf
from sessions_api.databases.outages import RETRY_AFTER, is_unavailable, log_outage
from sessions_api.exceptions import (
    DatabaseUnavailable,
    InsufficientPermissions,
    Internal,
    InvalidBody,
    InvalidEndpoint,
)
from sessions_api.http.errors import json_response
from sessions_api.http.viewsets.gated import refuse

#: Pages in the style of the admin also have its scripts, and forms (CSP Level 3).
POLICY_OF_FORMS = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
#: Middleware sets some of these too, but not on pages that come from middleware before it.
HEADERS = {"Content-Security-Policy": CONTENT_SECURITY_POLICY, "X-Frame-Options": "DENY"}


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    if is_api(request):
        return refuse(request, InvalidBody)
    if isinstance(exception, IncompleteForm):
        text = gettext("Only a part of the form has arrived. Nothing was changed; send it again.")
        return plain_page(f"{text}\n", 400)
    return _page(400, defaults.bad_request, request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    if is_api(request):
        return refuse(request, InsufficientPermissions)
    return _page(403, defaults.permission_denied, request, exception)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    if is_api(request):
        return refuse(request, InvalidEndpoint)
    return _page(404, defaults.page_not_found, request, exception)


def protected(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Let a view in the style of the admin load nothing from elsewhere, and never be cached."""

    @functools.wraps(view)
    def guarded(request: HttpRequest, **captured: str) -> HttpResponseBase:
        page = view(request, **captured)
        page.headers["Content-Security-Policy"] = POLICY_OF_FORMS
        add_never_cache_headers(page)
        return page

    return guarded


#: The page for a form that Django's CSRF protection refuses.
csrf_failure = protected(csrf.csrf_failure)


def _page(status: int, render: Callable[..., HttpResponse], *args: object) -> HttpResponse:
    """Return Django's error page, or a plain one if the posted form cannot be read.

    Django's page would look for the CSRF token in the form, and fail.
    """
    try:
        page = render(*args)
    except (BadRequest, MultiPartParserError, SuspiciousOperation, UnreadablePostError):
        return plain_page(gettext("This page cannot be shown.") + "\n", status)
    return _protected(page)


def plain_page(text: str, status: int, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """Return a plain text page that needs no session, template or database, and is not cached."""
    return _protected(HttpResponse(text, "text/plain; charset=utf-8", status, headers=headers))


def _protected(page: HttpResponse) -> HttpResponse:
    """Return an error page that is neither cached nor framed, and loads its style sheet only."""
    add_never_cache_headers(page)
    for name, value in HEADERS.items():
        page.headers[name] = value
    return page


def server_error(request: HttpRequest) -> HttpResponse:
    # Django does not pass the exception, but calls this function while handling it.
    exception = sys.exc_info()[1]
    if exception is not None and is_unavailable(exception):
        return database_unavailable(request, exception)
    if is_api(request):
        return json_response(Internal())
    return _page(500, defaults.server_error, request)


def database_unavailable(request: HttpRequest, exception: BaseException) -> HttpResponse:
    """Return a 503 with ``Retry-After``. Unlike Django, log the outage only now and then."""
    log_outage(exception)
    error = DatabaseUnavailable(RETRY_AFTER)
    if is_api(request):
        return json_response(error)
    text = gettext("The database is not available. Please try again in a moment.")
    return plain_page(f"{text}\n", error.status, error.headers)
