"""Two people turn on a kill switch, each with hands and eyes on a browser of their own."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from killswitches.approvals.people import Person
from killswitches.approvals.services import turn_on
from killswitches.approvals.wishes import Wish
from killswitches.gate import enabled_mask
from killswitches.models import KillSwitch
from killswitches.registry import GLOBAL
from tests.admin_paths import SWITCHES
from tests.browser import page_of
from tests.chromium.axe import faults_in_both_schemes
from tests.chromium.hands import Hands
from tests.chromium.screens import SCREENS, expect_to_fit

OpenDesk = Callable[..., Page]

MAY = ("view_killswitch", "change_killswitch")


def test_one_requests_and_the_other_confirms(
    open_desk: OpenDesk, staff: Any, helper: Any, hands: Hands, settings: Any
) -> None:
    settings.KILLSWITCHES = {"SECOND_PERSON": ["GLOBAL"]}
    page = open_desk(staff, *MAY)
    page.goto(page_of(KillSwitch(number=GLOBAL.number)))
    expect(page.locator("#second_person")).to_contain_text("within 15 minutes")
    page.get_by_label("Reason:", exact=True).fill("Data leak")
    page.get_by_label("Name of the switch").fill("GLOBAL")
    page.get_by_label("Network").fill("203.0.113.0/24")
    hands.press(page.get_by_role("button", name="Turn on GLOBAL"))
    expect(page.get_by_text("GLOBAL is not changed yet")).to_be_visible()
    assert enabled_mask() == 0

    theirs = open_desk(helper, *MAY)
    theirs.goto(SWITCHES)
    banner = theirs.get_by_role("status")
    expect(banner).to_contain_text("Requested by sam")
    banner.get_by_role("link", name="View, confirm or decline").click()
    expect(theirs.get_by_text("network 203.0.113.0/24")).to_be_visible()
    expect(theirs.locator("#preview")).to_contain_text("Sessions used")
    assert not faults_in_both_schemes(theirs)
    for screen in SCREENS.values():
        theirs.set_viewport_size(screen["viewport"])
        expect_to_fit(theirs)
    theirs.get_by_role("button", name="Confirm: turn on GLOBAL").click()
    expect(theirs.get_by_text("Turned on: GLOBAL.")).to_be_visible()
    expect(theirs.get_by_role("alert")).to_contain_text("On only for callers")
    expect(theirs.locator("#switch_GLOBAL")).to_contain_text("requested by sam")


def test_the_enter_key_in_the_reason_declines(
    open_desk: OpenDesk, staff: Any, helper: Any, settings: Any
) -> None:
    settings.KILLSWITCHES = {"SECOND_PERSON": ["GLOBAL"]}
    wanted = turn_on(GLOBAL, Wish("Data leak"), Person(staff)).waiting
    assert wanted
    page = open_desk(helper, *MAY)
    page.goto(f"{SWITCHES}requests/{wanted.pk}/")
    page.get_by_label("Why you decline it (optional):").fill("A false alarm")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The request was closed. Not changed: GLOBAL.")).to_be_visible()
    assert enabled_mask() == 0
    wanted.refresh_from_db()
    assert wanted.decision_reason == "A false alarm"
