"""Proof that a request with a cookie comes from a page of ours: Django's protection against CSRF.

It compares the header ``Origin`` (or ``Referer``) with the host and ``CSRF_TRUSTED_ORIGINS``, and a
token in the request with the one in a cookie of Django's.
"""

import copy

from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.middleware.csrf import get_token
from rest_framework.authentication import CSRFCheck

from sessions_api.conf import api_settings
from sessions_api.exceptions import CsrfFailed

#: Methods that change nothing (RFC 9110, 9.2.1) and need no proof.
SAFE_METHODS = ("GET", "HEAD", "OPTIONS", "TRACE")

#: The header with which a page asks for cookies: at a login, for the one with the session's token;
#: elsewhere, for a CSRF token alone. Pages of other origins cannot send it without CORS.
ASKS_FOR_COOKIES = "X-Session-Cookie"
_ASKS = f"HTTP_{ASKS_FOR_COOKIES.upper().replace('-', '_')}"

#: The header of responses with a CSRF token.
TOKEN_HEADER = "X-CSRFToken"  # noqa: S105


def asks_for_cookies(request: HttpRequest) -> bool:
    """Return whether a request has the header ``X-Session-Cookie: true``, if the API heeds it."""
    if _ASKS not in request.META or not api_settings().cookies_in_api:
        return False
    value: str = request.META[_ASKS]
    return value.strip().lower() == "true"


def require_csrf(request: HttpRequest, *, reads_form: bool) -> None:
    """Check the proof of a request with an unsafe method.

    :param reads_form: whether the token may be in a form, as ``csrfmiddlewaretoken``. If not, it
        must be in the header ``X-CSRFToken``, and the body is not read.
    :raises CsrfFailed: the origin is foreign, or the token is missing or wrong.
    """
    if request.method in SAFE_METHODS:
        return
    check = _check(request)
    if not reads_form:
        request = copy.copy(getattr(request, "_request", request))
        request.POST = QueryDict()
    if reason := check.process_view(request, _any_view, (), {}):
        # Not a response: this class returns the reason.
        raise CsrfFailed(reason=str(reason))


def in_words(error: CsrfFailed) -> str:
    """Return the message for pages and plain views, which have no field for the reason."""
    return f"{error.message}: {error.data['reason']}"


def hand_out_token(request: HttpRequest, response: HttpResponseBase) -> None:
    """Add a CSRF token to a response, in a header for the page, and in Django's cookie.

    A response that a cache may store, and return to others, gets none.
    """
    if response.headers.get("Cache-Control") != "no-store":
        return
    check = _check(request)
    response.headers[TOKEN_HEADER] = get_token(request)
    check.process_response(request, response)


def _check(request: HttpRequest) -> CSRFCheck:
    """Return Django's protection, with the request's CSRF cookie read.

    A new token, which Django's middleware or a login has made for the response, is kept.
    """
    check = CSRFCheck(_any_view)
    if "CSRF_COOKIE" not in request.META:
        check.process_request(request)
    return check


def _any_view(request: HttpRequest) -> HttpResponse:
    """A view that is not exempt. It is never called."""
    raise AssertionError(request)
