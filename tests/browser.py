"""A staff member's browser, logged in to the admin, and helpers for its pages."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth.models import Permission
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from sessions_api.testing import open_console
from tests.api import Login

DESK = "203.0.113.50"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def browser_of(user: Any, *permissions: str) -> Client:
    """Log a user in and return the browser. Replaces the user's own permissions.

    :param permissions: the codenames of the new permissions.
    """
    user.user_permissions.set([Permission.objects.get(codename=name) for name in permissions])
    client = Client(REMOTE_ADDR=DESK, HTTP_USER_AGENT=FIREFOX)
    client.force_login(user)
    open_console(client, user)
    return client


def page_of(row: Model, name: str = "change") -> str:
    """Return the path of a row's page in the admin.

    :param name: the kind of page, such as ``change`` or ``history``.
    """
    opts = row._meta
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_{name}", args=[row.pk])


def state_on(page: Any) -> dict[str, str]:
    """Return what a user's page says of the state of the account, by label."""
    return {str(fact.label): str(fact.text) for fact in page.context["facts"]}


def select(action: str, *rows: Model, **data: Any) -> dict[str, Any]:
    """Return the data that a change list posts for an action on selected rows."""
    return {"action": action, ACTION_CHECKBOX_NAME: [row.pk for row in rows]} | data


def said(response: Any) -> str:
    """Return the messages on a page."""
    return " ".join(str(message) for message in response.context["messages"])


def alive(*logins: Login) -> list[bool]:
    """Return, for each login, whether its token is accepted."""
    statuses = [login.api("GET", "/users/me/sessions/me").status_code for login in logins]
    assert set(statuses) <= {200, 401}
    return [status == 200 for status in statuses]


def expire(login: Login) -> None:
    """Set a session's expiry to a second ago."""
    login.session.expires_at = datetime.now(UTC) - timedelta(seconds=1)
    login.session.save()


def confirm(browser: Client, page: Any, **answers: Any) -> Any:
    """Fill in the form on a page, with a reason by default, post it, and return the response."""
    hidden = {field.html_name: field.value() for field in page.context["form"].hidden_fields()}
    filled = hidden | {"reason": "a drill"} | answers
    return browser.post(page.context["form_url"], filled, follow=True)
