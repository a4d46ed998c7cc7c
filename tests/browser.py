"""A staff member's browser, logged in to the admin, and what it is used for."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth.models import Permission
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from tests.api import Login

DESK = "203.0.113.50"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def browser_of(user: Any, *permissions: str) -> Client:
    """The browser of a user whose own permissions are from now on these, by their codenames."""
    user.user_permissions.set([Permission.objects.get(codename=name) for name in permissions])
    client = Client(REMOTE_ADDR=DESK, HTTP_USER_AGENT=FIREFOX)
    client.force_login(user)
    return client


def page_of(row: Model, name: str = "change") -> str:
    """Where the admin shows a row."""
    opts = row._meta
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_{name}", args=[row.pk])


def select(action: str, *rows: Model, **data: Any) -> dict[str, Any]:
    """What a list posts when an action is taken on selected rows."""
    return {"action": action, ACTION_CHECKBOX_NAME: [row.pk for row in rows]} | data


def said(response: Any) -> str:
    """The messages on a page."""
    return " ".join(str(message) for message in response.context["messages"])


def alive(*logins: Login) -> list[bool]:
    """Whether their tokens open the API."""
    statuses = [login.api("GET", "/users/me/sessions/me").status_code for login in logins]
    assert set(statuses) <= {200, 401}
    return [status == 200 for status in statuses]


def expire(login: Login) -> None:
    """Let a session have expired a second ago."""
    login.session.expires_at = datetime.now(UTC) - timedelta(seconds=1)
    login.session.save()


def confirm(browser: Client, page: Any, **answers: Any) -> Any:
    """What follows when the form of a page is filled in, with a reason at least, and posted."""
    hidden = {field.html_name: field.value() for field in page.context["form"].hidden_fields()}
    filled = hidden | {"reason": "a drill"} | answers
    return browser.post(page.context["form_url"], filled, follow=True)
