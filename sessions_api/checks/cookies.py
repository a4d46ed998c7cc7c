"""System checks of sessions in cookies."""

import contextlib
from collections.abc import Iterator

from django.conf import settings
from django.core import checks
from django.utils.module_loading import import_string

from sessions_api.checks.settings import fits_settings
from sessions_api.conf import api_settings
from sessions_api.http.cookies.middleware import SessionCookieMiddleware

INSECURE = (
    "INSECURE_COOKIES is for development: anybody on the network can read the sessions of users, "
    "and subdomains can plant other ones. Serve pages over HTTPS, and remove the setting."
)
ALL_ORIGINS = (
    "COOKIES is on, and CORS_ALLOW_ALL_ORIGINS with CORS_ALLOW_CREDENTIALS lets pages of every "
    "origin read what the cookie opens. Name the origins in CORS_ALLOWED_ORIGINS."
)


@checks.register("sessions_api")
def check_cookies(**kwargs: object) -> list[checks.CheckMessage]:
    """E032: every origin may read what a session in a cookie opens. W033: the middleware that reads
    the cookie is listed, but ``COOKIES`` is off.
    """
    return list(_misfits()) if fits_settings() else []


@checks.register("sessions_api", deploy=True)
def check_secure_cookies(**kwargs: object) -> list[checks.CheckMessage]:
    """E031: ``INSECURE_COOKIES`` is set."""
    if not (fits_settings() and api_settings().COOKIES and api_settings().INSECURE_COOKIES):
        return []
    return [checks.Error(INSECURE, id="sessions_api.E031")]


def _misfits() -> Iterator[checks.CheckMessage]:
    # Settings of django-cors-headers.
    origins = getattr(settings, "CORS_ALLOW_ALL_ORIGINS", False)
    credentials = getattr(settings, "CORS_ALLOW_CREDENTIALS", False)
    if api_settings().COOKIES and origins and credentials:
        yield checks.Error(ALL_ORIGINS, id="sessions_api.E032")
    if api_settings().COOKIES:
        return
    for path in settings.MIDDLEWARE:
        middleware: object = None
        # Django itself reports a path that cannot be imported.
        with contextlib.suppress(ImportError):
            middleware = import_string(path)
        if isinstance(middleware, type) and issubclass(middleware, SessionCookieMiddleware):
            text = f"{path} does nothing: COOKIES is off."
            hint = 'Add "COOKIES": True to SESSIONS_API, or remove it from MIDDLEWARE.'
            yield checks.Warning(text, hint=hint, id="sessions_api.W033")
