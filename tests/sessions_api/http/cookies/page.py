"""A page of the service in a browser that keeps cookies and enforces what servers do."""

import json
from typing import Any

from django.conf import settings
from django.test import Client as HttpClient
from django.test import override_settings

from tests.api import CHROME, HOME
from tests.cast import PASSWORD

COOKIE = "__Host-session_token"
ORIGIN = "https://testserver"
ME = "/users/me/sessions/me"
GOOD = {"username": "ann", "password": PASSWORD}


def cookies_on(**changes: Any) -> override_settings:
    """Cookies as they are in production, unless changed."""
    given = {"COOKIES": True, "API_COOKIES": True, "INSECURE_COOKIES": False} | changes
    return override_settings(SESSIONS_API=settings.SESSIONS_API | given)


class Page:
    """A page over HTTPS, of the service's origin unless another one is named.

    :param asks: whether it asks for cookies.
    :ivar prefix: where the dialect is mounted that it speaks.
    """

    def __init__(self, *, origin: str | None = ORIGIN, asks: bool = True) -> None:
        self.prefix = "/api/v5"
        self.browser = HttpClient(enforce_csrf_checks=True, raise_request_exception=False)
        self.origin = origin
        self.asks = asks
        self.csrf_token: str | None = None

    def __call__(self, method: str, path: str, body: Any = None, **meta: Any) -> Any:
        given: dict[str, Any] = {"HTTP_USER_AGENT": CHROME, "REMOTE_ADDR": HOME}
        if self.origin:
            given["HTTP_ORIGIN"] = self.origin
        if self.asks:
            given["HTTP_X_SESSION_COOKIE"] = "true"
        if self.csrf_token:
            given["HTTP_X_CSRFTOKEN"] = self.csrf_token
        content = body if isinstance(body, str) else "" if body is None else json.dumps(body)
        given |= meta
        content_type = given.pop("content_type", "application/json")
        answer = self.browser.generic(
            method, self.prefix + path, content, content_type, secure=True, **given
        )
        self.csrf_token = answer.headers.get("X-CSRFToken", self.csrf_token)
        return answer

    def open(self) -> "Page":
        """Ask who is logged in, as a page does first, which brings a CSRF token."""
        self("GET", ME)
        return self

    def log_in(self, **changes: Any) -> Any:
        return self.open()("POST", "/login", GOOD | changes)

    @property
    def token(self) -> str:
        return self.browser.cookies[COOKIE].value
