"""Bulk sign-outs in the admin, with and without JavaScript."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from sessions_api.models import BulkSignOut, UserSession
from tests.chromium.hands import Hands
from tests.sessions_api.services.bulk_sign_outs import cut_small, make_sessions

OpenDesk = Callable[..., Page]

MAY = ("view_usersession", "delete_usersession")


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    cut_small(monkeypatch)


def confirm(page: Page, user: Any) -> None:
    """End all sessions of a user, with the keyboard only."""
    page.goto(f"/admin/sessions_api/usersession/of/{user.pk}/end/")
    page.get_by_label("Reason:").focus()
    page.keyboard.type("Drill")
    page.keyboard.press("Enter")


def test_with_javascript_it_continues_by_itself(open_desk: OpenDesk, staff: Any, ann: Any) -> None:
    make_sessions(ann, 21)
    page = open_desk(staff, *MAY)
    confirm(page, ann)
    expect(page.get_by_text("21 of 21")).to_be_visible()
    expect(page).to_have_title(re.compile("^Finished · "))
    expect(page.get_by_role("progressbar")).to_have_attribute("value", "100")
    expect(page.get_by_role("button", name="Resume")).to_have_count(0)
    expect(page.get_by_role("main")).to_be_focused()
    assert not UserSession.objects.exists()


def test_without_javascript_each_click_runs_a_batch(
    open_desk: OpenDesk, staff: Any, ann: Any, hands: Hands
) -> None:
    make_sessions(ann, 10)
    page = open_desk(staff, *MAY, java_script_enabled=False)
    confirm(page, ann)
    for ended in (4, 8):
        expect(page.get_by_text(f"{ended} of 10")).to_be_visible()
        hands.press(page.get_by_role("button", name="Resume"))
    expect(page.get_by_text("10 of 10")).to_be_visible()


def test_it_shows_how_long_it_takes(open_desk: OpenDesk, staff: Any, ann: Any) -> None:
    make_sessions(ann, 61)
    page = open_desk(staff, *MAY)
    batches: list[None] = []

    def answer_twice(route: Route) -> None:
        batches.append(None)
        if len(batches) < 3:
            route.continue_()

    page.route("**/resume/", answer_twice)
    confirm(page, ann)
    expect(page.get_by_text(re.compile(r"^About \d+:\d\d left$"))).to_be_visible()
    expect(page.get_by_text("12 of 61, 49 left")).to_be_visible()
    expect(page).to_have_title(re.compile(r"^\d+ % · "))


def test_an_interrupted_one_can_be_resumed(open_desk: OpenDesk, staff: Any, ann: Any) -> None:
    make_sessions(ann, 21)
    page = open_desk(staff, *MAY)

    def answer_nonsense(route: Route) -> None:
        route.fulfill(content_type="text/html", body="<p>Bad Gateway")

    page.route("**/resume/", answer_nonsense)
    confirm(page, ann)
    expect(page.get_by_role("status")).to_contain_text("Interrupted.")
    assert BulkSignOut.objects.get().ended == 4

    page.unroute("**/resume/")
    page.goto("/admin/sessions_api/bulksignout/")
    expect(page.get_by_text("not finished")).to_be_visible()
    page.get_by_role("link", name="All sessions of ann").click()
    expect(page.get_by_text("4 of 21")).to_be_visible()
    page.get_by_role("button", name="Resume").press("Enter")
    expect(page.get_by_text("21 of 21")).to_be_visible()


def test_it_can_be_stopped(open_desk: OpenDesk, staff: Any, ann: Any) -> None:
    make_sessions(ann, 21)
    page = open_desk(staff, *MAY, java_script_enabled=False)
    confirm(page, ann)
    page.get_by_role("button", name="Stop here").click()
    expect(page.locator(".messagelist")).to_have_text(
        "Stopped. The remaining sessions stay active."
    )
    assert UserSession.objects.count() == 17
