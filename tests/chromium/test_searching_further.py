"""A search without an index continues by itself, shows how far it is, and can be stopped."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from sessions_api.models import UserSession
from tests.admin_paths import SESSIONS
from tests.chromium.hands import Mouse
from tests.chromium.lists import rows
from tests.sessions_api.services.bulk_sign_outs import make_sessions
from tests.small_lists import windows_of

OpenDesk = Callable[..., Page]

RARE = f"{SESSIONS}?os=Plan+9"
MAY = ("view_usersession", "delete_usersession")


@pytest.fixture(autouse=True)
def _short_windows() -> Iterator[None]:
    with windows_of(8):
        yield


@pytest.fixture
def rare(ann: Any) -> list[UserSession]:
    """Create 60 sessions, and return the two with the rare system, oldest first."""
    sessions = make_sessions(ann, 60, os="Linux")
    UserSession.objects.filter(pk__in=[sessions[3].pk, sessions[30].pk]).update(os="Plan 9")
    return [sessions[3], sessions[30]]


def never_answer(route: Route) -> None:
    """Let a request wait."""


def test_it_continues_until_the_list_ends(
    open_desk: OpenDesk, staff: Any, rare: list[UserSession]
) -> None:
    page = open_desk(staff, *MAY)
    page.goto(RARE)
    expect(page.get_by_role("status")).to_have_text("Finished. Found: 2")
    expect(rows(page)).to_have_count(2)
    links = rows(page).get_by_role("rowheader").get_by_role("link")
    hrefs = links.evaluate_all("links => links.map(link => link.pathname)")
    assert [href.split("/")[-3] for href in hrefs] == [str(one.pk) for one in rare[::-1]]
    expect(page.get_by_role("progressbar")).to_have_count(0)
    expect(page.get_by_role("button", name="Stop")).to_be_hidden()


def test_found_rows_can_all_be_selected(
    open_desk: OpenDesk, staff: Any, rare: list[UserSession]
) -> None:
    page = open_desk(staff, *MAY)
    page.goto(RARE)
    expect(page.get_by_role("status")).to_have_text("Finished. Found: 2")
    expect(page.locator(".action-counter")).to_have_text("0 of 2 selected")
    page.locator("#action-toggle").check()
    expect(page.locator(".action-counter")).to_have_text("2 of 2 selected")
    Mouse().choose(page.get_by_label("Action:"), "End selected sessions")
    page.get_by_role("button", name="Go", exact=True).click()
    expect(page.get_by_role("button", name="End 2 sessions")).to_be_visible()


def test_it_finds_nothing(open_desk: OpenDesk, staff: Any, rare: list[UserSession]) -> None:
    page = open_desk(staff, *MAY)
    page.goto(f"{SESSIONS}?os=BeOS")
    expect(page.get_by_role("status")).to_have_text("Finished. Found: 0")
    expect(page.get_by_text("Found none so far.")).to_have_count(0)
    expect(page.get_by_role("link", name="Show the whole list")).to_be_visible()
    expect(page.get_by_role("link", name="End all matching sessions…")).to_have_count(0)


def test_it_can_be_stopped_and_continued(
    open_desk: OpenDesk, staff: Any, rare: list[UserSession]
) -> None:
    page = open_desk(staff, *MAY)
    page.route("**before=**", never_answer)
    page.goto(RARE)
    expect(page.get_by_role("status")).to_have_text("Searching further…")
    expect(page.get_by_role("progressbar")).to_have_attribute("value", re.compile("1[0-9]"))
    stop = page.get_by_role("button", name="Stop")
    stop.focus()
    stop.press("Enter")
    expect(page.get_by_role("status")).to_have_text("Stopped. Found so far: 0")
    expect(page.get_by_role("status")).to_be_focused()
    expect(stop).to_be_hidden()
    page.unroute("**before=**")
    page.get_by_role("link", name="Search further back").click()
    expect(page.get_by_role("status")).to_have_text("Finished. Found: 2")


def test_it_is_interrupted(open_desk: OpenDesk, staff: Any, rare: list[UserSession]) -> None:
    page = open_desk(staff, *MAY)
    page.route("**before=**", lambda route: route.fulfill(body="<p>Log in</p>"))
    page.goto(RARE)
    text = "Interrupted. Reload this page to continue"
    expect(page.get_by_role("status")).to_have_text(text)
    expect(page.get_by_role("link", name="Search further back")).to_be_visible()


def test_forward(open_desk: OpenDesk, staff: Any, rare: list[UserSession]) -> None:
    page = open_desk(staff, *MAY)
    page.goto(f"{RARE}&after={rare[0].sid - 1}_0")
    expect(page.get_by_role("status")).to_have_text("Finished. Found: 2")
    links = rows(page).get_by_role("rowheader").get_by_role("link")
    hrefs = links.evaluate_all("links => links.map(link => link.pathname)")
    assert [href.split("/")[-3] for href in hrefs] == [str(one.pk) for one in rare[::-1]]


def test_without_javascript_it_is_a_link(
    open_desk: OpenDesk, staff: Any, rare: list[UserSession]
) -> None:
    page = open_desk(staff, *MAY, java_script_enabled=False)
    page.goto(RARE)
    expect(page.get_by_text("Found none so far.")).to_be_visible()
    expect(page.get_by_role("button", name="Stop")).to_be_hidden()
    for _ in range(3):
        page.get_by_role("link", name="Search further back").click()
    expect(rows(page)).to_have_count(1)
