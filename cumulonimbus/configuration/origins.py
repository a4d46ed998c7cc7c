"""The origins of pages (RFC 6454) that may call the API from a browser, as the environment names
them."""

import re

from django.core.exceptions import ImproperlyConfigured

from cumulonimbus.configuration.environment import Settings, texts
from sessions_api.http import cors

#: As a browser sends it: a scheme, a host, and a port where it is not the scheme's own.
ORIGIN = re.compile(
    r"[a-z][a-z0-9+.-]*://([a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?|\[[0-9a-f:.]+\])(:[1-9][0-9]{0,4})?"
)
USUAL_PORT = re.compile(r"(http://.*:80|https://.*:443)")
EVERY = "*"

MIDDLEWARE = "cumulonimbus.middleware.CorsMiddleware"


def cors_settings(name: str) -> Settings:
    """The settings of django-cors-headers for the origins that a variable names; none where it
    names none.

    Cookies and the like go along for origins that are named one by one, because the seeds' own
    examples send them; never for every origin.

    :param name: of a variable with origins, separated by commas, or ``*`` for all there are.
    :raises ImproperlyConfigured: for what is no origin as a browser sends it.
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
                    f"{name} holds {origin!r}, which no browser sends as an origin. Write scheme "
                    "and host in small letters, and the port if it is not the usual one, without "
                    "a path: https://app.example.com. (* alone stands for all origins.)"
                )
        whose = {"CORS_ALLOWED_ORIGINS": origins, "CORS_ALLOW_CREDENTIALS": True}
    return {
        **whose,
        "CORS_URLS_REGEX": r"^/api(/|$)",
        "CORS_ALLOW_HEADERS": cors.ALLOW_HEADERS,
        "CORS_EXPOSE_HEADERS": cors.EXPOSE_HEADERS,
    }
