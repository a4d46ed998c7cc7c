"""Browsers of staff, and the pages of incidents."""

from typing import Any

from django.test import Client as Browser

from sessions_api.incidents.models import Incident
from tests.admin_paths import INCIDENTS
from tests.browser import browser_of, said

#: The codenames of the permissions for everything in the room.
ALL = (
    *("view_incident", "add_incident", "change_incident"),
    *("view_usersession", "delete_usersession"),
    *("view_killswitch", "change_killswitch", "view_auditevent", "view_user"),
)
#: The same for those who only look.
VIEW = ("view_incident",)


def url(incident: Incident, page: str = "change") -> str:
    return f"{INCIDENTS}{incident.pk}/{page}/"


def do(browser: Browser, incident: Incident, page: str, **posted: Any) -> str:
    """Post to a page of an incident, and return the messages on the room."""
    answer = browser.post(url(incident, page), posted, follow=True)
    assert answer.redirect_chain == [(url(incident), 302)]
    return said(answer)


def confirm_end(browser: Browser, incident: Incident, **answers: Any) -> Any:
    """Fill in and send the page that ends the sessions of an incident, and return the response."""
    page = browser.get(url(incident, "end"))
    given = page.context["hidden"] | {"reason": "stolen"} | answers
    return browser.post(url(incident, "end"), given, follow=True)


def text_of(browser: Browser, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def desk_of(user: Any, *permissions: str) -> Browser:
    return browser_of(user, *(permissions or ALL))
