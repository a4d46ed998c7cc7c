"""Django's middleware, restricted to browser pages, and the API's own middleware.

The API authenticates callers by tokens, so it has no use for cookies, CSRF protection, messages or
frame options, and each of these classes would slow down every request.
"""

import re
from collections.abc import Awaitable, Callable
from typing import Any

from corsheaders.middleware import CorsMiddleware as Cors
from django.conf import settings
from django.contrib.auth import middleware as auth
from django.contrib.messages import middleware as messages
from django.contrib.sessions import middleware as sessions
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseForbidden,
    HttpResponsePermanentRedirect,
)
from django.middleware import clickjacking, csrf, locale, security
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.deprecation import MiddlewareMixin

from sessions_api.http import middleware as pages
from sessions_api.http.console import middleware as console
from sessions_api.http.cookies import middleware as cookies

GetResponse = Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]

ENGLISH = "en"


def is_api(request: HttpRequest) -> bool:
    """Return whether the request is for the API: ``/api`` or a path below it."""
    return request.path_info == "/api" or request.path_info.startswith("/api/")


def is_translated(request: HttpRequest) -> bool:
    """Return whether the request is for a page in all ``LANGUAGES``; the others are in English."""
    return re.match(settings.TRANSLATED_PATHS, request.path_info) is not None


class BrowserOnly(MiddlewareMixin):
    """A mixin for middleware that skips requests to the API.

    The first of several in a row skips all of them at once.
    """

    def __init__(self, get_response: GetResponse) -> None:
        super().__init__(get_response)
        # Django wraps each middleware in a function, which takes over its attributes.
        self.past = getattr(get_response, "past", get_response)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        if is_api(request):
            return self.past(request)
        return super().__call__(request)


class SecurityMiddleware(security.SecurityMiddleware):
    """Django's middleware, which redirects API requests to HTTPS with 308 to keep method and body.

    Clients may drop both on Django's 301, and a ``DELETE`` without the ids in its body would end
    all sessions. It uses neither the database nor the cache.
    """

    def process_request(self, request: HttpRequest) -> HttpResponsePermanentRedirect | None:
        redirect = super().process_request(request)
        if redirect is None or not is_api(request):
            return redirect
        answer = HttpResponsePermanentRedirect(redirect.url, preserve_request=True)
        del answer.headers["Content-Type"]
        answer.headers["Cache-Control"] = "no-store"
        return answer


class UnstorableInputMiddleware(BrowserOnly, pages.UnstorableInputMiddleware):
    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        # Django calls this itself, past __call__.
        return None if is_api(request) else super().process_exception(request, exception)


class SessionMiddleware(BrowserOnly, sessions.SessionMiddleware):
    pass


class LocaleMiddleware(BrowserOnly, locale.LocaleMiddleware):
    """Django's middleware, which negotiates a language only where a page has several."""

    def process_request(self, request: HttpRequest) -> None:
        """Take the language from the cookie or ``Accept-Language``, or take English."""
        if is_translated(request):
            super().process_request(request)
            return
        translation.activate(ENGLISH)
        request.LANGUAGE_CODE = ENGLISH

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        """Reset the language after the page.

        The thread's next request may be for the API, which is always in English and skips this
        middleware.
        """
        page = super().process_response(request, response)
        translation.deactivate()
        if is_translated(request):
            # The cookie chooses the language, too.
            patch_vary_headers(page, ["Cookie"])
        return page


class CsrfViewMiddleware(BrowserOnly, csrf.CsrfViewMiddleware):
    def process_view(self, request: HttpRequest, *args: Any) -> HttpResponseForbidden | None:
        # Django calls this itself, past __call__.
        return None if is_api(request) else super().process_view(request, *args)


class AuthenticationMiddleware(BrowserOnly, auth.AuthenticationMiddleware):
    pass


class ConsoleSessionMiddleware(BrowserOnly, console.ConsoleSessionMiddleware):
    pass


class SessionCookieMiddleware(BrowserOnly, cookies.SessionCookieMiddleware):
    def process_view(self, request: HttpRequest, *args: object) -> None:
        # Django calls this and the next one itself, past __call__.
        if not is_api(request):
            super().process_view(request, *args)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return None if is_api(request) else super().process_exception(request, exception)


class MessageMiddleware(BrowserOnly, messages.MessageMiddleware):
    pass


class XFrameOptionsMiddleware(BrowserOnly, clickjacking.XFrameOptionsMiddleware):
    pass


class CorsMiddleware(Cors):
    """django-cors-headers' middleware, which also marks preflight responses as ``no-store``."""

    def check_preflight(self, request: HttpRequest) -> HttpResponseBase | None:
        answer = super().check_preflight(request)
        if answer is not None:
            answer.headers["Cache-Control"] = "no-store"
        return answer
