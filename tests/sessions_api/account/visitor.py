"""A browser on the account pages: it opens pages, and sends their forms with the hidden fields."""

import re
from html.parser import HTMLParser
from typing import Any, Self

from django.test import Client as HttpClient

from sessions_api.http.cookies.token_cookie import cookie_name
from tests.api import CHROME, HOME
from tests.cast import PASSWORD

SESSIONS = "/account/"
LOGIN = "/account/login/"
LOGOUT = "/account/logout/"
ORIGIN = "https://testserver"


class Forms(HTMLParser):
    """The hidden fields of the forms of a page, by the path that each form is sent to."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: dict[str, dict[str, str]] = {}
        self._open: dict[str, str] = {}
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = self.found.setdefault(given["action"], {})
        elif tag == "input" and given.get("type") == "hidden":
            self._open[given["name"]] = given.get("value", "")


class Visitor:
    """Opens pages and sends their forms.

    :ivar page: the last response.
    """

    def __init__(self, **headers: str) -> None:
        self.browser = HttpClient(enforce_csrf_checks=True, raise_request_exception=False)
        self.page: Any = None
        self._common = {"HTTP_USER_AGENT": CHROME, "REMOTE_ADDR": HOME} | headers

    def open(self, path: str = SESSIONS, **meta: Any) -> Any:
        """Open a page."""
        self.page = self.browser.get(path, secure=True, **self._common | meta)
        return self.page

    def follow(self) -> Any:
        """Open the page that the last response redirects to."""
        return self.open(self.page["Location"])

    def fields_of(self, path: str) -> dict[str, str]:
        """Return the hidden fields of the form of the last page that is sent to a path."""
        return Forms(self.page.content.decode()).found[path]

    def send(self, path: str, *, origin: str | None = ORIGIN, **fields: Any) -> Any:
        """Send the form of the last page that is sent to a path."""
        return self.post(path, self.fields_of(path) | fields, origin=origin)

    def post(self, path: str, data: Any, *, origin: str | None = ORIGIN, **meta: Any) -> Any:
        """Send data to a path, as nobody's form does."""
        given = self._common | ({"HTTP_ORIGIN": origin} if origin else {}) | meta
        self.page = self.browser.post(path, data, secure=True, **given)
        return self.page

    def log_in(self, username: str = "ann", password: str = PASSWORD, **fields: Any) -> Self:
        """Log in, and open the list of sessions."""
        self.open(LOGIN)
        page = self.send(LOGIN, username=username, password=password, **fields)
        assert page.status_code == 302, self.text
        self.follow()
        return self

    @property
    def text(self) -> str:
        """The last page without its markup."""
        plain = re.sub(r"<(style|script).*?</\1>|<[^>]*>", " ", self.page.content.decode())
        return re.sub(r"\s+", " ", plain)

    @property
    def is_logged_in(self) -> bool:
        """Whether the list of sessions opens."""
        return bool(self.open().status_code == 200)

    @property
    def token(self) -> str:
        return self.browser.cookies[cookie_name()].value
