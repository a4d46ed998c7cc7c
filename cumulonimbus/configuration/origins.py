"""Settings for browsers: cross-origin requests (CORS), and sessions in cookies."""

import re

from django.core.exceptions import ImproperlyConfigured

from cumulonimbus.configuration.environment import Settings, flag, texts
from sessions_api.http import cors

#: An origin as browsers send it (RFC 6454): scheme, host, and port unless it is the default.
ORIGIN = re.compile(
    r"[a-z][a-z0-9+.-]*://([a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?|\[[0-9a-f:.]+\])(:[1-9][0-9]{0,4})?"
)
USUAL_PORT = re.compile(r"(http://.*:80|https://.*:443)")
EVERY = "*"

MIDDLEWARE = "cumulonimbus.middleware.CorsMiddleware"


def cors_settings(name: str) -> Settings:
    """Return the settings of django-cors-headers; empty if the variable is not set.

    Requests with credentials are allowed only from explicitly listed origins. Without ``COOKIES``
    the API does not need them, but the examples in the documentation of the original services send
    them.

    :param name: the name of a variable with comma-separated origins, or ``*`` for all origins.
    :raises ImproperlyConfigured: an item does not have the form in which browsers send origins.
    """
    origins = texts(name)
    if not origins:
        return {}
    if origins == [EVERY]:
        whose: Settings = {"CORS_ALLOW_ALL_ORIGINS": True}
    else:
        for origin in origins:
            if not ORIGIN.fullmatch(origin) or USUAL_PORT.fullmatch(origin):
                raise ImproperlyConfigured(
                    f"{name} contains {origin!r}, which browsers never send as an origin. Write "
                    "scheme and host in lower case, and the port only if it is not the default, "
                    "without a path: https://app.example.com. (A single * allows all origins.)"
                )
        whose = {"CORS_ALLOWED_ORIGINS": origins, "CORS_ALLOW_CREDENTIALS": True}
    cookies = flag("COOKIES", default=False)
    return {
        **whose,
        "CORS_URLS_REGEX": r"^/api(/|$)",
        "CORS_ALLOW_HEADERS": cors.ALLOW_HEADERS + cors.ALLOW_COOKIE_HEADERS * cookies,
        "CORS_EXPOSE_HEADERS": cors.EXPOSE_HEADERS + cors.EXPOSE_COOKIE_HEADERS * cookies,
    }


def account_pages() -> bool:
    """Return whether the pages under ``/account/`` are offered, where sessions rest in cookies."""
    return flag("ACCOUNT_PAGES", default=True)


def cookie_settings(*, debug: bool) -> Settings:
    """Return the items of ``SESSIONS_API`` for sessions in cookies.

    The account pages need them. The API knows them only if ``COOKIES`` is set, so that the pages
    change nothing for its clients: browsers send cookies along with a client's requests, too.
    """
    in_api = flag("COOKIES", default=False)
    return {
        "COOKIES": in_api or account_pages(),
        "API_COOKIES": in_api,
        "INSECURE_COOKIES": debug,
    }


def csrf_cookie_name(*, debug: bool) -> str:
    """Return the name of Django's CSRF cookie.

    Where a cookie holds the session, subdomains must not be able to plant this one either.
    """
    return (
        "__Host-csrftoken" if cookie_settings(debug=debug)["COOKIES"] and not debug else "csrftoken"
    )
