"""Pages fit every screen in both color schemes, and buttons can be tapped."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page

from tests.admin_paths import SESSIONS, SWITCHES
from tests.api import Login
from tests.browser import alive
from tests.chromium.hands import Mouse
from tests.chromium.lists import expect_message
from tests.chromium.scenery import Scene
from tests.chromium.screens import SCREENS, expect_to_fit
from tests.chromium.switches import turn_on

OpenDesk = Callable[..., Page]

#: The minimum size of a target, in CSS pixels (WCAG 2.2, 2.5.8).
FINGER = 24

#: The times, addresses, IDs and details that a page of Arabic shows from right to left.
REVERSED = """
    [...document.querySelectorAll(
        "time, [data-copy], td.field-address, td.field-summary bdi, .field-details pre"
    )]
        .filter((one) => /^\\s*[0-9a-z{]/i.test(one.innerText))
        .filter((one) => {
            const inner = one.querySelector("bdi") ?? one;
            return getComputedStyle(inner).direction !== "ltr";
        })
        .map((one) => one.innerText)
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("screen", SCREENS)
def test_pages_fit_the_screen(open_desk: OpenDesk, scene: Scene, screen: str, scheme: str) -> None:
    page = open_desk(scene.root, **SCREENS[screen], color_scheme=scheme)
    for name, path in scene.paths.items():
        page.goto(path)
        expect_to_fit(page)
        assert (brightness(page) < 64) == (scheme == "dark"), name


@pytest.mark.parametrize("width", [360, 1280])
def test_pages_fit_the_screen_in_arabic(open_desk: OpenDesk, scene: Scene, width: int) -> None:
    page = open_desk(scene.root, viewport={"width": width, "height": 800}, locale="ar")
    for name, path in scene.paths.items():
        page.goto(path)
        expect_to_fit(page)
        assert page.evaluate("document.dir") == "rtl", name
        assert page.evaluate(REVERSED) == [], name


def test_end_a_session_on_a_phone(open_desk: OpenDesk, staff: Any, me: Login, other: Login) -> None:
    page = open_desk(staff, "view_usersession", "delete_usersession", **SCREENS["phone"])
    page.goto(SESSIONS)
    page.get_by_role("link", name="Other").tap()
    tap(page.get_by_role("link", name="End this session"))
    page.get_by_label("Reason:").fill("Lost phone")
    tap(page.get_by_role("button", name="End 1 session"))
    expect_message(page, "Ended 1 session.")
    assert alive(me, other) == [True, False]


def test_flip_a_switch_on_a_phone(open_desk: OpenDesk, staff: Any) -> None:
    page = open_desk(staff, "view_killswitch", "change_killswitch", **SCREENS["phone"])
    page.goto(SWITCHES)
    page.get_by_role("link", name="Turn on FILE_CREATE").tap()
    turn_on(page, Mouse(), "FILE_CREATE", end="in 1 hour")
    expect_message(page, "Turned on: FILE_CREATE.")
    expect_to_fit(page)
    tap(page.get_by_role("button", name="Turn off FILE_CREATE"))
    expect_message(page, "Turned off: FILE_CREATE.")


def tap(target: Locator) -> None:
    """Tap a target after checking that it is large enough, and completely on the screen."""
    target.scroll_into_view_if_needed()
    box = target.bounding_box()
    assert box
    assert min(box["width"], box["height"]) >= FINGER
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= SCREENS["phone"]["viewport"]["width"]
    target.tap()


def brightness(page: Page) -> float:
    """Return the brightness of the page's background, from 0 to 255."""
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/g)")
    return sum(int(part) for part in colour[:3]) / 3
