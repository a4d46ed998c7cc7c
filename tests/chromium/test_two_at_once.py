"""Two staff members who work on the same thing at the same time, each with an outdated page."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from killswitches.models import KillSwitch, SwitchFlip
from killswitches.registry import FILE_CREATE, GLOBAL
from killswitches.services import set_switch
from sessions_api.models import AuditEvent, BulkSignOut, UserSession
from tests.admin_paths import SESSIONS, SWITCHES
from tests.api import Login
from tests.browser import alive, page_of
from tests.chromium.hands import Mouse
from tests.chromium.lists import expect_message
from tests.chromium.switches import turn_on
from tests.sessions_api.services.bulk_sign_outs import cut_small, make_sessions

Desks = tuple[Page, Page]
Kind = AuditEvent.Kind


@pytest.fixture
def desks(open_desk: Callable[..., Page], make_user: Callable[..., Any]) -> Desks:
    """Return a page of kim and one of lou."""
    kim, lou = (make_user(name, is_staff=True, is_superuser=True) for name in ("kim", "lou"))
    return open_desk(kim), open_desk(lou)


def test_both_end_the_same_session(desks: Desks, me: Login, other: Login) -> None:
    for page in desks:
        page.goto(page_of(other.session, "delete"))
        page.get_by_label("Reason:").fill("Lost phone")
    for page in desks:
        page.get_by_role("button", name="End 1 session").click()
    kim, lou = desks
    expect_message(kim, "Ended 1 session.")
    expect(lou.locator(".messagelist")).to_contain_text("nothing was changed")
    assert alive(me, other) == [True, False]
    assert AuditEvent.objects.get(kind=Kind.SESSIONS_ENDED).actor_name == "kim"


def test_some_of_the_selected_sessions_have_ended(desks: Desks, me: Login, other: Login) -> None:
    kim, lou = desks
    kim.goto(f"{SESSIONS}of/{me.user.pk}/end/")
    kim.get_by_label("Reason:").fill("Phished")
    lou.goto(page_of(other.session, "delete"))
    lou.get_by_label("Reason:").fill("Lost phone")
    lou.get_by_role("button", name="End 1 session").click()
    expect_message(lou, "Ended 1 session.")
    kim.get_by_role("button", name="End 2 sessions").click()
    expect_message(kim, "Ended 1 session.")
    assert alive(me, other) == [False, False]


def test_both_turn_on_the_same_switch(desks: Desks) -> None:
    for page in desks:
        page.goto(page_of(KillSwitch(number=FILE_CREATE.number)))
    for page in desks:
        turn_on(page, Mouse(), "FILE_CREATE")
    kim, lou = desks
    expect_message(kim, "Turned on: FILE_CREATE.")
    expect(lou.get_by_role("main")).to_contain_text("kim turned on FILE_CREATE while this page was")
    assert SwitchFlip.objects.get().actor_name == "kim"


def test_one_turns_off_a_switch_that_was_turned_on_again(
    desks: Desks, make_user: Callable[..., Any], me: Login
) -> None:
    kim, lou = desks
    set_switch(GLOBAL, True, actor_name="mo", reason="Fire")
    for page in desks:
        page.goto(SWITCHES)
    kim.get_by_role("button", name="Turn off GLOBAL").click()
    expect_message(kim, "Turned off: GLOBAL.")
    kim.get_by_role("link", name="Turn on GLOBAL").click()
    turn_on(kim, Mouse(), "GLOBAL", typed="GLOBAL")
    expect_message(kim, "Turned on: GLOBAL.")
    # The page still shows the previous state.
    lou.get_by_role("button", name="Turn off GLOBAL").click()
    expect(lou.locator(".messagelist")).to_contain_text("Kim turned on GLOBAL while this page was")
    assert KillSwitch.objects.get(number=GLOBAL.number).enabled


def test_both_run_the_same_bulk_sign_out(
    desks: Desks, ann: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut_small(monkeypatch)
    make_sessions(ann, 21)
    kim, lou = desks
    # The script of kim's page waits until lou has the page too.
    kim.route("**/bulk_sign_out.js", lambda route: route.fulfill(body=""))
    kim.goto(f"{SESSIONS}of/{ann.pk}/end/")
    kim.get_by_label("Reason:").fill("Drill")
    kim.get_by_role("button", name="End 21 sessions").click()
    expect(kim.get_by_text("4 of 21")).to_be_visible()
    lou.goto(page_of(BulkSignOut.objects.get()))
    lou.get_by_role("button", name="Resume").click()
    expect(lou.get_by_text("21 of 21")).to_be_visible()
    kim.get_by_role("button", name="Stop here").click()
    expect_message(kim, "There was nothing left to stop.")
    expect(kim.get_by_text("21 of 21")).to_be_visible()
    assert not UserSession.objects.exists()
    ended = AuditEvent.objects.filter(kind=Kind.SESSIONS_ENDED).values_list("detail", flat=True)
    sessions = [sid for detail in ended for sid in detail["sessions"]]
    assert len(sessions) == len(set(sessions)) == 21


def test_one_stops_the_bulk_sign_out_of_the_other(
    desks: Desks, ann: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut_small(monkeypatch)
    make_sessions(ann, 21)
    kim, lou = desks
    kim.route("**/bulk_sign_out.js", lambda route: route.fulfill(body=""))
    kim.goto(f"{SESSIONS}of/{ann.pk}/end/")
    kim.get_by_label("Reason:").fill("Drill")
    kim.get_by_role("button", name="End 21 sessions").click()
    expect(kim.get_by_text("4 of 21")).to_be_visible()
    lou.goto(page_of(BulkSignOut.objects.get()))
    lou.get_by_role("button", name="Stop here").click()
    expect_message(lou, "Stopped. The remaining sessions stay active.")
    kim.get_by_role("button", name="Resume").click()
    expect(kim.get_by_text("stopped", exact=True)).to_be_visible()
    assert UserSession.objects.count() == 17
