"""A browser that logs in on the console's own page."""

from typing import Any

from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from sessions_api.http.console.visits import ROW
from sessions_api.models import AuditEvent, SessionKind, UserSession
from tests.admin_paths import INDEX, LOGIN
from tests.browser import DESK, FIREFOX
from tests.cast import PASSWORD


class Console:
    """A browser in which a user has logged in to the console.

    :param browser: by default a new one.
    """

    def __init__(self, user: Any, browser: Browser | None = None) -> None:
        self.user = user
        self.browser = browser or new_browser()
        self.log_in()

    def log_in(self, **data: Any) -> None:
        """Fill in the login page."""
        typed = {"username": self.user.get_username(), "password": PASSWORD, **data}
        answer = self.browser.post(LOGIN, typed)
        assert answer.status_code == 302

    @property
    def row(self) -> UserSession:
        """The row of the session."""
        return UserSession.objects.get(pk=self.browser.session[ROW])

    @property
    def is_inside(self) -> bool:
        """Return whether the console's index opens."""
        return inside(self.browser)

    def thief(self) -> Browser:
        """Return another browser, with the same cookies."""
        browser = Browser(REMOTE_ADDR="192.0.2.66", HTTP_USER_AGENT="curl/8.0")
        for name, morsel in self.browser.cookies.items():
            browser.cookies[name] = morsel.value
        return browser


def new_browser() -> Browser:
    return Browser(REMOTE_ADDR=DESK, HTTP_USER_AGENT=FIREFOX)


def inside(browser: Browser) -> bool:
    """Return whether the console's index opens for a browser."""
    answer = browser.get(INDEX)
    assert answer.status_code in {200, 302}
    return answer.status_code == 200


def of_console() -> list[UserSession]:
    """Return the sessions of the console, oldest first."""
    return list(UserSession.objects.filter(SessionKind.CONSOLE.condition).order_by("pk"))


def endings() -> list[tuple[str, str]]:
    """Return who has ended sessions, and the reasons."""
    events = AuditEvent.objects.filter(kind=AuditEvent.Kind.SESSIONS_ENDED).order_by("pk")
    return [(event.actor_name, event.detail.get("reason", "")) for event in events]


def tables(captured: CaptureQueriesContext) -> list[str]:
    """Return the first words and the table of each statement."""
    return [str(one["sql"]) for one in captured.captured_queries]
