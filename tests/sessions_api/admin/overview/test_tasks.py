"""The search and the tasks on the admin's index page, by permission."""

import re
from typing import Any

import pytest
from django.test import Client as Browser

from tests.admin_paths import BULK_SIGN_OUTS, EVENTS, INDEX, SEARCH, SESSIONS, SWITCHES, USERS
from tests.browser import browser_of

pytestmark = pytest.mark.django_db

FIND = {"Find a session": SESSIONS}
BAN = {"Ban or unban users": USERS}
END = {"End many sessions": f"{SESSIONS}?state=active"}
FOLLOW = {"Follow a bulk sign-out": BULK_SIGN_OUTS}
VIEW = {"View the kill switches": SWITCHES}
FLIP = {"Turn a kill switch on or off": SWITCHES}
READ = {"Read the audit log": EVENTS}
SECURE = {"Secure a hijacked account": USERS}


def front(browser: Browser) -> str:
    response = browser.get(INDEX)
    assert response.status_code == 200
    page = response.content.decode().partition('<div class="sessions-front">')[2]
    return page.partition('<div id="content-main">')[0]


def tasks(page: str) -> dict[str, str]:
    """Return the URL of each task."""
    listed = page.partition('class="sessions-tasks"')[2].partition("</ul>")[0]
    return {title: url for url, title in re.findall(r'<a href="([^"]*)">([^<]*)</a>', listed)}


@pytest.mark.parametrize(
    ("held", "offered"),
    [
        ("", {}),
        ("view_usersession", FIND),
        ("delete_usersession", FOLLOW),
        ("view_usersession delete_usersession", FIND | END | FOLLOW),
        ("view_user", {}),
        ("change_user", BAN),
        ("change_user delete_usersession", SECURE | BAN | FOLLOW),
        ("view_killswitch", VIEW),
        ("view_killswitch change_killswitch", FLIP),
        ("change_killswitch", {}),
        ("view_auditevent", READ),
        ("view_bulksignout", FOLLOW),
    ],
)
def test_tasks_are_for_those_who_may_do_them(
    staff: Any, held: str, offered: dict[str, str]
) -> None:
    browser = browser_of(staff, *held.split())
    found = tasks(front(browser))
    assert found == offered
    for url in found.values():
        assert browser.get(url).status_code == 200


@pytest.mark.parametrize(
    ("held", "finds_users"),
    [
        ("", None),
        ("delete_usersession", None),
        ("view_killswitch", None),
        ("view_usersession", False),
        ("view_auditevent", False),
        ("view_user", True),
    ],
)
def test_the_search_is_for_those_who_may_find_something(
    staff: Any, held: str, finds_users: bool | None
) -> None:
    browser = browser_of(staff, *held.split())
    page = front(browser)
    assert (f'action="{SEARCH}"' in page) is (finds_users is not None)
    assert ("Find a user" in page) is bool(finds_users)
    assert (browser.get(SEARCH).status_code == 200) is (finds_users is not None)


def test_search_tasks_pictures_and_apps_are_in_this_order(roots_desk: Browser) -> None:
    page = roots_desk.get(INDEX).content.decode()
    marks = ['role="search"', 'id="sessions-tasks"', 'id="sessions-overview"', 'id="content-main"']
    places = [page.index(mark) for mark in marks]
    assert places == sorted(places)


def test_the_sidebar_is_on_the_index_page(roots_desk: Browser) -> None:
    page = roots_desk.get(INDEX).content.decode()
    assert page.count('id="nav-sidebar"') == 1
    assert page.index('id="nav-sidebar"') < page.index('class="sessions-front"')
