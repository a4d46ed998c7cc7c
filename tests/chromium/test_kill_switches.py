"""Turning kill switches on and off in the admin, and the effect on the API and the admin."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from killswitches.models import KillSwitch
from killswitches.registry import ACCOUNT_CREATE, ACCOUNT_LOGIN, GLOBAL, Switch, registry
from killswitches.services import set_switch
from sessions_api import statistics
from sessions_api.http.dialects.v5.viewsets import LoginViewSet
from tests.admin_paths import BULK_SIGN_OUTS, EVENTS, SESSIONS, SWITCHES, USERS
from tests.api import OWN_SESSIONS, Api, Login
from tests.browser import alive, page_of
from tests.cast import PASSWORD
from tests.chromium.hands import Hands
from tests.chromium.lists import expect_message
from tests.chromium.screens import SCREENS, expect_to_fit
from tests.chromium.switches import turn_on

OpenDesk = Callable[..., Page]

MAY = ("view_killswitch", "change_killswitch")
CREDENTIALS = {"username": "ann", "password": PASSWORD}
ELSEWHERE = ("view_usersession", "view_user", "view_auditevent", "view_bulksignout")


def row_of(page: Page, switch: Switch) -> Locator:
    return page.locator(f"#switch_{switch.name}")


def banner(page: Page) -> Any:
    return page.get_by_role("alert")


def test_all_switches_are_on_one_page(open_desk: OpenDesk, staff: Any, hands: Hands) -> None:
    page = open_desk(staff, *MAY)
    page.goto(SWITCHES)
    for switch in registry:
        row = row_of(page, switch)
        expect(row.get_by_role("rowheader")).to_have_text(f"{switch.name} ({switch.number})")
        expect(row).to_contain_text("off")
        expect(row).to_contain_text(switch.description)
    logins = row_of(page, ACCOUNT_LOGIN)
    blocked = logins.get_by_text("Would have blocked in the last 15 minutes")
    closed = logins.get_by_text("POST /api/v5/login", exact=True)
    expect(blocked).to_be_hidden()
    hands.press(logins.get_by_text(ACCOUNT_LOGIN.description))
    expect(blocked).to_be_visible()
    expect(closed).to_be_hidden()
    hands.press(logins.get_by_text("Closes"))
    expect(closed).to_be_visible()


def test_the_table_fits_a_phone(open_desk: OpenDesk, staff: Any) -> None:
    set_switch(GLOBAL, True, actor=staff, reason="Drill")
    page = open_desk(staff, *MAY)
    page.set_viewport_size(SCREENS["phone"]["viewport"])
    page.goto(SWITCHES)
    expect_to_fit(page)
    expect(page.get_by_role("button", name="Turn off GLOBAL")).to_be_in_viewport()


def test_turn_on_for_a_limited_time_and_turn_off(
    open_desk: OpenDesk, staff: Any, hands: Hands, me: Login, api: Api
) -> None:
    for network in ("192.0.2.1", "192.0.2.2"):
        statistics.record(LoginViewSet.endpoint_name("create"), 200, network=network)
    page = open_desk(staff, *MAY, *ELSEWHERE)
    page.goto(SWITCHES)
    hands.press(page.get_by_role("link", name="Turn on ACCOUNT_LOGIN"))
    expect(page.get_by_role("main")).to_contain_text("2 requests, 0 users")
    expect(page.get_by_role("main")).to_contain_text("2 anonymous addresses")
    turn_on(page, hands, "ACCOUNT_LOGIN", typed="ACCOUNT_LOGIN", end="in 15 minutes")
    expect_message(page, "Turned on: ACCOUNT_LOGIN.")
    until = KillSwitch.objects.get(number=ACCOUNT_LOGIN.number).until
    assert until
    assert timedelta() < until - timezone.now() <= timedelta(minutes=15)
    answer = api("POST", "/login", CREDENTIALS)
    assert (answer.status_code, answer.json()["feature"]) == (503, ACCOUNT_LOGIN.number)
    assert alive(me) == [True]

    for path in (
        "/admin/",
        SESSIONS,
        page_of(me.session),
        USERS,
        page_of(me.user),
        EVENTS,
        BULK_SIGN_OUTS,
    ):
        page.goto(path)
        expect(banner(page)).to_contain_text("1 kill switch is on")
        expect(banner(page)).to_contain_text("ACCOUNT_LOGIN: Turned on just now")
        expect(banner(page)).to_contain_text("by sam. Turns off at")
        expect(banner(page)).to_contain_text("Database on fire")
    hands.press(banner(page).get_by_role("link", name="1 kill switch is on"))
    hands.press(page.get_by_role("button", name="Turn off ACCOUNT_LOGIN"))
    expect_message(page, "Turned off: ACCOUNT_LOGIN.")
    expect(banner(page)).to_have_count(0)
    assert api("POST", "/login", CREDENTIALS).status_code == 201


def test_turning_on_global_requires_typing_its_name(
    open_desk: OpenDesk, staff: Any, hands: Hands, me: Login
) -> None:
    page = open_desk(staff, *MAY)
    page.goto(page_of(KillSwitch(number=GLOBAL.number)))
    turn_on(page, hands, "GLOBAL", typed="global")
    expect(page.get_by_text("This does not match GLOBAL.")).to_be_visible()
    assert alive(me) == [True]
    page.get_by_label("Name of the switch:").clear()
    hands.write(page.get_by_label("Name of the switch:"), "GLOBAL")
    hands.press(page.get_by_role("button", name="Turn on GLOBAL"))
    expect_message(page, "Turned on: GLOBAL.")
    answer = me.api("GET", f"{OWN_SESSIONS}/me")
    assert (answer.status_code, answer.json()["feature"]) == (503, GLOBAL.number)


def test_turn_all_off(open_desk: OpenDesk, staff: Any, hands: Hands, me: Login) -> None:
    for switch in (ACCOUNT_CREATE, GLOBAL):
        set_switch(switch, True, actor=staff, reason="Drill")
    page = open_desk(staff, *MAY)
    page.goto(SWITCHES)
    expect(banner(page)).to_contain_text("2 kill switches are on")
    hands.press(page.get_by_role("button", name="Turn all off"))
    expect(page.locator(".messagelist")).to_contain_text("Turned off: GLOBAL.")
    expect(banner(page)).to_have_count(0)
    assert alive(me) == [True]


def test_a_switch_turns_off_by_itself(
    open_desk: OpenDesk, staff: Any, hands: Hands, me: Login
) -> None:
    set_switch(GLOBAL, True, actor=staff, reason="Drill")
    page = open_desk(staff, *MAY)
    page.goto(SWITCHES)
    expect(banner(page)).to_contain_text("Stays on until")
    a_second_ago = timezone.now() - timedelta(seconds=1)
    KillSwitch.objects.filter(number=GLOBAL.number).update(until=a_second_ago)
    assert alive(me) == [True]
    page.reload()
    expect(banner(page)).to_have_count(0)
    section = row_of(page, GLOBAL)
    expect(section.get_by_role("link", name="Turn on GLOBAL")).to_be_visible()
    hands.press(section.get_by_text(GLOBAL.description))
    hands.press(section.get_by_text("Latest changes"))
    expect(section.get_by_role("row")).to_have_count(3)
    expect(section.get_by_role("row").nth(1)).to_contain_text("off")
