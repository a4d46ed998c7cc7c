"""Turning a kill switch on for one network, after a preview, with hands and eyes on the page."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from killswitches.models import KillSwitch
from killswitches.registry import ACCOUNT_MODIFY
from tests.admin_paths import SWITCHES
from tests.api import HOME, OWN_SESSIONS, Api, Login
from tests.browser import page_of
from tests.chromium.hands import Hands
from tests.chromium.screens import SCREENS, expect_to_fit

OpenDesk = Callable[..., Page]

MAY = ("view_killswitch", "change_killswitch")
ONLY_FOR = f"On only for callers with this condition: network {HOME}/32."


def test_close_to_one_network(
    open_desk: OpenDesk, staff: Any, hands: Hands, me: Login, bobs: Login
) -> None:
    for login in (me, bobs):
        login.api("GET", f"{OWN_SESSIONS}/me")
    elsewhere = Api(token=bobs.token, address="203.0.113.9")
    page = open_desk(staff, *MAY)
    page.goto(page_of(KillSwitch(number=ACCOUNT_MODIFY.number)))
    network = page.get_by_label("Network")
    network.fill(f"{HOME}/24")
    hands.press(page.get_by_role("button", name="Preview the conditions"))
    expect(page.get_by_text("The network is 198.51.100.0/24.")).to_be_visible()
    network.fill(HOME)
    hands.press(page.get_by_role("button", name="Preview the conditions"))
    preview = page.get_by_role("status")
    expect(preview).to_contain_text("Sessions used: 2 of 2")
    expect(preview).to_contain_text("Logins: 2 of 2")
    expect(preview).to_contain_text("Nothing has been changed.")
    expect(network).to_have_value(HOME)
    page.set_viewport_size(SCREENS["phone"]["viewport"])
    expect_to_fit(page)

    page.get_by_label("Reason").fill("Stolen tokens")
    hands.press(page.get_by_role("button", name="Turn on ACCOUNT_MODIFY"))
    expect(page).to_have_url(page.url.partition("/admin/")[0] + SWITCHES)
    expect(page.get_by_role("alert")).to_contain_text(ONLY_FOR)
    expect(page.locator("#switch_ACCOUNT_MODIFY")).to_contain_text(ONLY_FOR)
    assert me.api("DELETE", f"{OWN_SESSIONS}/1").status_code == 503
    assert elsewhere("DELETE", f"{OWN_SESSIONS}/1").status_code == 404
