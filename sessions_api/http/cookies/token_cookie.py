"""The cookie with a session's token (RFC 6265).

Its prefix ``__Host-`` has browsers accept it only from the host itself, over HTTPS, for all paths:
neither a subdomain nor plain HTTP can plant another one.
"""

from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.cache import patch_vary_headers

from sessions_api.conf import api_settings
from sessions_api.models import UserSession

NAME = "session_token"
PREFIX = "__Host-"


def cookie_name() -> str:
    """Return the name of the cookie: without the prefix if ``INSECURE_COOKIES`` is set."""
    return NAME if api_settings().INSECURE_COOKIES else PREFIX + NAME


def read_token(request: HttpRequest) -> str | None:
    """Return the token in the cookie, not verified.

    A request with an ``Authorization`` header is judged by that alone, whatever its scheme. And a
    request with two cookies of the name has none, because one of them must have been planted.

    :returns: None if there is no such cookie, or ``COOKIES`` is off.
    """
    if not api_settings().COOKIES or "HTTP_AUTHORIZATION" in request.META:
        return None
    # Django's parser strips all kinds of white space from names. A subdomain could plant a cookie
    # that begins with one of them: browsers do not treat it as one with the prefix.
    pairs = (pair.strip(" \t").partition("=") for pair in _cookies(request).split(";"))
    name = cookie_name()
    tokens = [value for found, _, value in pairs if found == name]
    return tokens[0] if len(tokens) == 1 else None


def require_cookies() -> None:
    """Refuse to set a cookie that nobody would read.

    :raises ImproperlyConfigured: ``COOKIES`` is off.
    """
    if not api_settings().COOKIES:
        raise ImproperlyConfigured(
            'Sessions in cookies are off. Add "COOKIES": True to SESSIONS_API.'
        )


def set_cookie(response: HttpResponseBase, session: UserSession, token: str) -> None:
    """Set the cookie, which a browser keeps no longer than the session lives.

    :raises ImproperlyConfigured: ``COOKIES`` is off.
    """
    require_cookies()
    response.set_cookie(
        cookie_name(),
        token,
        max_age=max(0, int((session.expires_at - timezone.now()).total_seconds())),
        secure=not api_settings().INSECURE_COOKIES,
        httponly=True,
        samesite="Lax",
    )
    _forbid_caching(response)


def delete_cookie(response: HttpResponseBase) -> None:
    """Delete the cookie in the browser."""
    response.delete_cookie(cookie_name(), samesite="Lax")
    _forbid_caching(response)


def _cookies(request: HttpRequest) -> str:
    header: str = request.META.get("HTTP_COOKIE", "")
    return header


def _forbid_caching(response: HttpResponseBase) -> None:
    response.headers["Cache-Control"] = "no-store"
    patch_vary_headers(response, ["Cookie"])
