"""The list of sessions on a desktop with the navigation open, and on a phone; copy buttons."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from sessions_api.models import UserSession
from sessions_api.services.audit import Actor
from sessions_api.services.sessions import end_sessions
from tests.admin_paths import SEARCH, SESSIONS
from tests.api import HOME, Login
from tests.browser import page_of
from tests.chromium.lists import rows
from tests.chromium.scenery import Scene
from tests.chromium.screens import SCREENS, SCROLLED, expect_to_fit

OpenDesk = Callable[..., Page]


@pytest.fixture
def lists(scene: Scene) -> dict[str, str]:
    """The pages with tables of rows: what they are, and their paths."""
    root = Actor(user=scene.root)
    of_victim = UserSession.objects.owned_by(scene.victim).order_by("pk")
    ended = UserSession.objects.filter(pk__in=list(of_victim.values_list("pk", flat=True)[:2]))
    end_sessions(ended, actor=root, reason="Lost on the way from the office to the airport")
    names = ("sessions", "users", "user", "audit-log", "search")
    return {name: scene.paths[name] for name in names} | {
        "ended sessions": f"{SESSIONS}?state=ended",
        "search for a session": f"{SEARCH}?q={HOME}",
    }


@pytest.mark.parametrize("width", [360, 1280])
def test_all_columns_fit(
    open_desk: OpenDesk, scene: Scene, lists: dict[str, str], width: int
) -> None:
    page = open_desk(scene.root, viewport={"width": width, "height": 800})
    scrolled = {}
    for name, path in lists.items():
        page.goto(path)
        expect(page.locator("table tbody tr").first).to_be_attached()
        expect_to_fit(page)
        scrolled[name] = page.evaluate(SCROLLED)
    assert scrolled == dict.fromkeys(lists, 0)


#: The dates, and the parts of email addresses, that are on more than one line.
BROKEN = """() => {
    const broken = [];
    const look = (node, end) => {
        const range = document.createRange();
        range.setStart(node, 0);
        range.setEnd(node, end);
        if (range.getClientRects().length > 1) broken.push(range.toString());
    };
    for (const time of document.querySelectorAll('#result_list time:not([title])')) {
        look(time.firstChild, 10);
    }
    for (const cell of document.querySelectorAll('#result_list .field-mail')) {
        for (const part of cell.childNodes) {
            if (part.nodeType === Node.TEXT_NODE) look(part, part.length);
        }
    }
    return broken;
}"""


def test_dates_and_email_addresses_break_between_words(
    open_desk: OpenDesk, scene: Scene, lists: dict[str, str]
) -> None:
    scene.victim.email = "ann.adams.department@mail.example-company.org"
    scene.victim.save()
    page = open_desk(scene.root, viewport={"width": 1280, "height": 800})
    page.goto("/admin/")
    page.evaluate("localStorage.setItem('django.admin.navSidebarIsOpen', true)")
    for name in ("users", "sessions", "ended sessions", "audit-log"):
        page.goto(lists[name])
        expect(rows(page).first).to_be_visible()
        assert page.evaluate(BROKEN) == [], name


def test_on_a_phone_rows_are_cards_with_the_names_of_columns(
    open_desk: OpenDesk, scene: Scene, lists: dict[str, str]
) -> None:
    page = open_desk(scene.root, viewport={"width": 360, "height": 800})
    for name, path in lists.items():
        page.goto(path)
        cell = page.locator(":is(#result_list, .sessions-table table) tbody td[data-label]").first
        shown = "element => getComputedStyle(element, '::before').content"
        label = cell.get_attribute("data-label")
        assert cell.evaluate(shown) == f'"{label}: "', name
        assert cell.evaluate("element => getComputedStyle(element).display") == "block", name


def test_on_a_phone_the_filters_are_folded(open_desk: OpenDesk, staff: Any, me: Login) -> None:
    page = open_desk(staff, "view_usersession", **SCREENS["phone"])
    page.goto(SESSIONS)
    choice = page.locator("#changelist-filter").get_by_role("link", name="Scoped")
    expect(choice).to_be_hidden()
    page.get_by_role("heading", name="Filter").tap()
    choice.tap()
    expect(rows(page)).to_have_count(0)


def test_without_javascript_the_filters_are_open(
    open_desk: OpenDesk, staff: Any, me: Login
) -> None:
    page = open_desk(staff, "view_usersession", **SCREENS["phone"], java_script_enabled=False)
    page.goto(SESSIONS)
    expect(page.locator("#changelist-filter").get_by_role("link", name="Scoped")).to_be_visible()
    expect(page.locator(".copy")).to_have_count(0)


def test_an_address_and_an_id_are_copied(open_desk: OpenDesk, staff: Any, me: Login) -> None:
    page = open_desk(staff, "view_usersession", permissions=["clipboard-read", "clipboard-write"])
    for path, text in ((SESSIONS, HOME), (page_of(me.session), str(me.session.sid))):
        page.goto(path)
        page.get_by_role("button", name=f"Copy {text}").press("Enter")
        expect(page.locator(".copied")).to_have_count(1)
        assert page.evaluate("navigator.clipboard.readText()") == text
