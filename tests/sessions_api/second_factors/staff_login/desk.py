"""A browser on the admin's login pages."""

from dataclasses import dataclass, field
from typing import Any

from django.test import Client as Browser

from sessions_api.models import AuditEvent
from tests.admin_paths import INDEX, LOGIN
from tests.browser import DESK, FIREFOX
from tests.cast import PASSWORD

REFUSED = "That was not accepted, or it came too late. Please try again."
TOO_MANY = "Too many attempts. Please try again in a few minutes."


@dataclass
class Desk:
    """A browser on the admin's login page.

    :param path: the login page, with its query.
    :param token: the token of the last challenge that was shown.
    """

    path: str = LOGIN
    address: str = DESK
    token: str = ""
    browser: Browser = field(init=False)

    def __post_init__(self) -> None:
        self.browser = Browser(REMOTE_ADDR=self.address, HTTP_USER_AGENT=FIREFOX)

    def password(self, username: str = "sam", password: str = PASSWORD, **data: Any) -> Any:
        """Post the page for the password."""
        page = self.browser.post(self.path, {"username": username, "password": password, **data})
        return self.look(page)

    def answer(self, **data: Any) -> Any:
        """Post the page for the second factor."""
        return self.browser.post(self.path, {"token": self.token, **data})

    def look(self, page: Any) -> Any:
        """Remember the page's challenge, if it has one, and return the page."""
        if asks(page):
            self.token = page.context["form"]["token"].value()
        return page

    @property
    def is_inside(self) -> bool:
        """Return whether the admin's index opens."""
        status = self.browser.get(INDEX).status_code
        assert status in {200, 302}
        return status == 200


def on_record(*kinds: AuditEvent.Kind) -> list[tuple[str, Any, dict[str, Any]]]:
    """Return kind, subject and detail of the audit events of these kinds, in order."""
    events = AuditEvent.objects.filter(kind__in=kinds).order_by("pk")
    return [(event.kind, event.subject_id, event.detail) for event in events]


def asks(page: Any) -> bool:
    """Return whether a page asks for a second factor."""
    return page.status_code != 302 and "token" in page.context["form"].fields
