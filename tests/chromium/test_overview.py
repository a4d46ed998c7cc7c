"""The admin's index page: search, tasks, numbers, charts, and links to the lists behind them."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from sessions_api.models import AuditEvent, UserSession
from tests.browser import page_of
from tests.chromium.hands import Hands, Mouse, walk_to
from tests.chromium.lists import rows
from tests.chromium.scenery import Scene
from tests.chromium.screens import SCREENS

OpenDesk = Callable[..., Page]
Kind = AuditEvent.Kind


def card(page: Page, title: str) -> Locator:
    return page.get_by_role("region", name=title, exact=True)


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_search_from_the_front_page(
    open_desk: OpenDesk, scene: Scene, hands: Hands, scripts: bool
) -> None:
    page = open_desk(scene.root, java_script_enabled=scripts)
    search(page, hands, scene.victim.email)
    expect(page).to_have_url(re.compile(f"{re.escape(page_of(scene.victim))}$"))
    search(page, hands, "ann.")
    found = page.get_by_role("region", name="Users").get_by_role("rowheader")
    expect(found).to_have_text(["ann.adams", "ann.bianchi", "ann.castro"])
    hands.press(found.get_by_role("link").nth(1))
    expect(page.get_by_role("heading", level=2).first).to_have_text("ann.bianchi")
    search(page, hands, "nobody")
    expect(page.get_by_role("main")).to_contain_text("Nothing found for “nobody”")
    expect(page.get_by_role("searchbox", name="Find a user")).to_have_value("nobody")


def search(page: Page, hands: Hands, term: str) -> None:
    """Search on the front page."""
    page.goto("/admin/")
    box = page.get_by_role("searchbox", name="Find a user")
    hands.write(box, term)
    hands.press(page.get_by_role("search").get_by_role("button", name="Search"))


def test_switches_search_and_tasks_come_first(open_desk: OpenDesk, scene: Scene) -> None:
    """All of them are on the first screen, even on a phone."""
    for screen in SCREENS.values():
        page = open_desk(scene.root, **screen)
        page.goto("/admin/")
        first = (
            page.get_by_role("alert").get_by_role("link", name="ACCOUNT_CREATE"),
            page.get_by_role("searchbox", name="Find a user"),
            page.get_by_role("link", name="Secure a hijacked account"),
        )
        for one in first:
            box = one.bounding_box()
            assert box
            assert box["y"] + box["height"] < screen["viewport"]["height"]


def test_numbers_and_charts(open_desk: OpenDesk, scene: Scene, hands: Hands) -> None:
    page = open_desk(scene.root)
    page.goto("/admin/")
    live = page.get_by_role("region", name="Overview", exact=True).get_by_role("link").first
    expect(live).to_have_text(str(UserSession.objects.active().count()))
    for title, kind in (("Logins", Kind.LOGIN), ("Failed logins", Kind.LOGIN_FAILED)):
        table = card(page, title).get_by_role("table", name=f"{title} by day")
        expect(table).to_be_hidden()
        hands.press(card(page, title).get_by_text("In numbers"))
        expect(table).to_be_visible()
        since = table.get_by_role("rowheader").first.text_content()
        number = AuditEvent.objects.filter(kind=kind, at__date__gte=since).count()
        assert sum(map(int, table.get_by_role("cell").all_text_contents())) == number
        days = card(page, title).get_by_role("figure").nth(1)
        expect(days).to_contain_text(f"Last 14 days: {number:,}")
        expect(days.get_by_role("list", name=f"{title} by day")).to_be_visible()


def test_links_lead_to_the_filtered_lists(open_desk: OpenDesk, scene: Scene, hands: Hands) -> None:
    page = open_desk(scene.root)

    def expect_list(query: str) -> None:
        expect(page).to_have_url(re.compile(re.escape(query)))
        expect(rows(page).first).to_be_visible()

    page.goto("/admin/")
    hands.press(page.get_by_role("region", name="Overview", exact=True).get_by_role("link").first)
    expect_list("/usersession/?state=active")
    page.goto("/admin/")
    hands.press(card(page, "Failed logins").get_by_role("link").first)
    expect_list("/auditevent/?kind__exact=login_failed")
    page.goto("/admin/")
    hands.press(card(page, "Browsers").get_by_role("link", name="Firefox"))
    expect_list("/usersession/?browser=Firefox")
    page.goto("/admin/")
    hands.press(page.get_by_role("link", name="Recent logins from new locations"))
    expect_list("/auditevent/?kind__exact=new_location")


def chart(page: Page, title: str) -> Locator:
    return page.get_by_role("list", name=title, exact=True)


def expect_value(bar: Locator, value: str) -> None:
    """Check that the value of a bar is visible, and what it says."""
    expect(bar.locator("text")).to_have_css("opacity", "1")
    assert value in (bar.text_content() or "")


def number_of(bar: Locator) -> int:
    text = bar.text_content() or ""
    return int(text.rpartition(": ")[2].replace(",", ""))


def test_bars_by_keyboard(open_desk: OpenDesk, scene: Scene) -> None:
    page = open_desk(scene.root, timezone_id="Asia/Kolkata")
    page.goto("/admin/")
    hours, days = chart(page, "Failed logins by hour"), chart(page, "Failed logins by day")
    links = hours.get_by_role("link")
    walk_to(links.last)
    expect_value(links.last, "GMT+5:30")
    page.keyboard.press("Tab")
    expect(days.get_by_role("link").last).to_be_focused()
    page.keyboard.press("Home")
    expect(days.get_by_role("link").first).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(days.get_by_role("link").first).to_be_focused()
    page.keyboard.press("Shift+Tab")
    expect(links.last).to_be_focused()
    page.keyboard.press("ArrowLeft")
    before = links.nth(-2)
    expect(before).to_be_focused()
    expect(links.last.locator("text")).to_have_css("opacity", "0")
    number = number_of(before)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("kind__exact=login_failed&between="))
    expect(rows(page)).to_have_count(number)


def test_times_are_those_of_the_viewer(open_desk: OpenDesk, scene: Scene) -> None:
    page = open_desk(scene.root, timezone_id="Asia/Kolkata")
    page.goto("/admin/")
    hours = card(page, "Logins").get_by_role("figure").first
    expect(hours).to_contain_text("Logins per hour, time zone: GMT+5:30")
    expect(hours.locator("[data-hour]")).to_have_text([re.compile(r"^\d\d:30$")] * 4)
    expect(card(page, "Logins").get_by_role("figure").last).to_contain_text("time zone: UTC")
    exact = page.locator(".sessions-overview time:not([title])")
    expect(exact.first).to_be_attached()
    assert all(text.endswith("GMT+5:30") for text in exact.all_text_contents())
    recent = page.locator(".sessions-overview time[title]").first
    expect(recent).to_have_text(re.compile(r" hours? ago$"))
    expect(recent).to_have_attribute("title", re.compile(r"GMT\+5:30$"))


def test_bars_without_a_list_are_told_in_the_zone_of_the_viewer(
    open_desk: OpenDesk, scene: Scene, staff: Any
) -> None:
    page = open_desk(staff, "view_usersession", timezone_id="Asia/Kolkata")
    page.goto("/admin/")
    silent = chart(page, "Too many requests (429) by hour").locator("[tabindex]").last
    assert "GMT+5:30: " in (silent.get_attribute("aria-label") or "")


def test_refusals_lead_to_what_may_have_caused_them(
    open_desk: OpenDesk, scene: Scene, hands: Hands
) -> None:
    page = open_desk(scene.root)
    for title, query in (
        ("Unavailable (503) by day", "/switchflip/?enabled__exact=1&between="),
        ("Too many requests (429) by hour", "?kind__exact=login_failed&between="),
    ):
        page.goto("/admin/")
        bar = chart(page, title).get_by_role("link").last
        # Its value, beside it, is not to be clicked.
        hands.press(bar.locator("rect").first if isinstance(hands, Mouse) else bar)
        expect(page).to_have_url(re.compile(re.escape(query)))


def test_bars_without_scripts(open_desk: OpenDesk, scene: Scene) -> None:
    page = open_desk(scene.root, timezone_id="Asia/Kolkata", java_script_enabled=False)
    page.goto("/admin/")
    expect(card(page, "Logins")).to_contain_text("Logins per hour, time zone: UTC")
    links = chart(page, "Failed logins by hour").get_by_role("link")
    links.first.focus()
    expect_value(links.first, "UTC: ")
    page.keyboard.press("Tab")
    expect(links.nth(1)).to_be_focused()
    number = number_of(links.nth(1))
    page.keyboard.press("Enter")
    expect(rows(page)).to_have_count(number)


def test_the_first_tap_shows_the_value_and_the_second_follows(
    open_desk: OpenDesk, scene: Scene
) -> None:
    page = open_desk(scene.root, **SCREENS["phone"])
    page.goto("/admin/")
    links = chart(page, "Failed logins by day").get_by_role("link")
    for bar in (links.nth(3), links.nth(4)):
        bar.locator("rect").first.tap()
        expect(bar).to_be_focused()
        expect_value(bar, f": {number_of(bar)}")
    expect(page).to_have_url(re.compile("/admin/$"))
    number = number_of(links.nth(4))
    links.nth(4).locator("rect").first.tap()
    expect(page).to_have_url(re.compile("between="))
    expect(rows(page)).to_have_count(number)


def test_a_click_follows_at_once(open_desk: OpenDesk, scene: Scene) -> None:
    page = open_desk(scene.root)
    page.goto("/admin/")
    bar = chart(page, "Logins by day").get_by_role("link").nth(5)
    bar.hover()
    expect_value(bar, ": ")
    number = number_of(bar)
    bar.click()
    expect(rows(page)).to_have_count(number)
