"""Staff who may only view, only read the audit log, or only flip switches."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import Group
from django.core.management import call_command
from playwright.sync_api import Page, expect

from killswitches.models import KillSwitch
from killswitches.registry import FILE_CREATE
from sessions_api.management.commands.create_helper_group import HELPERS
from tests.admin_paths import EVENTS, SWITCHES
from tests.chromium.hands import Mouse
from tests.chromium.lists import expect_message, rows
from tests.chromium.scenery import Scene
from tests.chromium.switches import turn_on

OpenDesk = Callable[..., Page]

#: The names of pages that only perform an operation.
OPERATIONS = {
    *("confirmation", "end-everything", "hijacked", "banning", "unbanning", "login-limits"),
    *("incident-new", "incident-edit", "incident-end", "incident-tell"),
}


def statuses(page: Page, paths: dict[str, str]) -> dict[str, int]:
    """Return the status of each path for the user who is logged in on a page."""
    return {name: page.request.get(path).status for name, path in paths.items()}


def test_a_helper_can_view_everything_and_change_nothing(
    open_desk: OpenDesk, staff: Any, scene: Scene
) -> None:
    call_command("create_helper_group")
    staff.groups.add(Group.objects.get(name=HELPERS))
    page = open_desk(staff)
    for name, path in scene.paths.items():
        if name in OPERATIONS:
            assert page.request.get(path).status == 403
            continue
        page.goto(path)
        main = page.get_by_role("main")
        # Forms only search and filter lists, and no link leads to an operation. Buttons that copy
        # send nothing.
        submits = "button:not([type=button]), [type=submit]:not([value=Search]):not([value=Show])"
        senders = main.locator(submits)
        expect(senders.filter(visible=True)).to_have_count(0)
        expect(main.locator("form[method=post]").get_by_role("textbox")).to_have_count(0)
        expect(main.locator("a.deletelink, a.addlink, a[href*='/end']")).to_have_count(0)
        expect(page.get_by_role("alert")).to_contain_text("ACCOUNT_CREATE")


def test_staff_who_may_only_read_the_audit_log(
    open_desk: OpenDesk, staff: Any, scene: Scene
) -> None:
    page = open_desk(staff, "view_auditevent")
    assert {name for name, status in statuses(page, scene.paths).items() if status == 200} == {
        "overview",
        "search",
        "audit-log",
        "event",
    }
    page.goto("/admin/")
    expect(page.get_by_role("searchbox", name="Find a session or an address")).to_be_visible()
    expect(page.get_by_role("heading", name="Failed logins")).to_be_visible()
    expect(page.get_by_text("active sessions")).to_have_count(0)
    page.goto(EVENTS)
    expect(rows(page).first).to_be_visible()
    expect(page.get_by_role("link", name="Export as CSV")).to_be_visible()


def test_staff_who_may_only_flip_switches(open_desk: OpenDesk, staff: Any, scene: Scene) -> None:
    page = open_desk(staff, "view_killswitch", "change_killswitch")
    assert {name for name, status in statuses(page, scene.paths).items() if status == 200} == {
        "overview",
        "switches",
        "turn-on",
        "turned-on",
    }
    page.goto(SWITCHES)
    page.get_by_role("link", name="Turn on FILE_CREATE").click()
    turn_on(page, Mouse(), "FILE_CREATE")
    expect_message(page, "Turned on: FILE_CREATE.")
    assert KillSwitch.objects.get(number=FILE_CREATE.number).enabled
