"""Pages whose content was changed by somebody else after they were opened."""

import html
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client as Browser

from sessions_api.models import AuditEvent
from sessions_api.services.audit import Actor
from sessions_api.services.bans import set_banned
from tests.admin_paths import USERS
from tests.browser import browser_of, said

pytestmark = pytest.mark.django_db

OUT_OF_DATE = (
    "Somebody has changed this since you opened the page. Nothing was saved. The page now shows "
    "the current state."
)

Send = Callable[..., Any]


def open_page(browser: Browser, path: str) -> Send:
    """Open a page with a form, and return a function that posts it with ``changes``."""
    page = browser.get(path)
    form = page.context["adminform"].form
    shown: dict[str, Any] = {}
    for field in form:
        if field.name == "password" or (value := field.value()) in (None, False):
            continue
        if isinstance(value, list | tuple):
            value = [getattr(one, "pk", one) for one in value]
        shown[field.html_name] = "on" if value is True else value
    text = page.content.decode()
    [action] = re.findall(r'<form action="([^"]*)"[^>]*id="\w+_form"', text)

    def send(**changes: Any) -> Any:
        return browser.post(path + html.unescape(action), shown | changes, follow=True)

    return send


def test_a_ban_is_not_lifted(make_user: Any, ann: Any, root: Any) -> None:
    clerk = browser_of(make_user("clerk", is_staff=True), "view_user", "change_user")
    send = open_page(clerk, f"{USERS}{ann.pk}/change/")
    set_banned(ann, True, actor=Actor(root))
    page = send(email="ann@example.org")
    ann.refresh_from_db()
    assert (ann.is_active, ann.email) == (False, "ann@example.com")
    assert said(page) == OUT_OF_DATE
    assert not AuditEvent.objects.filter(kind="unbanned").exists()


def test_removed_privileges_are_not_restored(root: Any, staff: Any) -> None:
    group = Group.objects.create(name="Helpers")
    staff.groups.add(group)
    send = open_page(browser_of(root), f"{USERS}{staff.pk}/change/")
    staff.groups.clear()
    page = send(email="sam@example.org")
    staff.refresh_from_db()
    assert not staff.groups.exists()
    assert staff.email != "sam@example.org"
    assert said(page) == OUT_OF_DATE


def test_removed_permissions_of_a_group_are_not_restored(root: Any) -> None:
    group = Group.objects.create(name="Helpers")
    group.permissions.add(Permission.objects.get(codename="delete_user"))
    send = open_page(browser_of(root), f"/admin/auth/group/{group.pk}/change/")
    group.permissions.clear()
    page = send(name="Assistants")
    group.refresh_from_db()
    assert (group.name, group.permissions.count()) == ("Helpers", 0)
    assert said(page) == OUT_OF_DATE


def test_a_current_page_is_saved(root: Any, ann: Any) -> None:
    send = open_page(browser_of(root), f"{USERS}{ann.pk}/change/")
    # Fields that change by themselves are ignored.
    ann.set_password("another one")
    ann.save()
    send(email="ann@example.org")
    ann.refresh_from_db()
    assert ann.email == "ann@example.org"


def test_a_form_with_errors_keeps_its_digest(root: Any, ann: Any) -> None:
    send = open_page(browser_of(root), f"{USERS}{ann.pk}/change/")
    page = send(email="no address")
    assert "_shown=" in page.content.decode()
    send(email="ann@example.org")
    ann.refresh_from_db()
    assert ann.email == "ann@example.org"


def test_the_page_for_ones_own_password_is_not_affected(root: Any) -> None:
    browser = browser_of(root)
    password = root.password
    fields = {
        "password1": "a new one of mine",
        "password2": "a new one of mine",
        "usable_password": "true",
    }
    answer = browser.post(f"{USERS}{root.pk}/password/", fields)
    assert (answer.status_code, answer["Location"]) == (302, "/admin/password_change/")
    root.refresh_from_db()
    assert root.password == password
