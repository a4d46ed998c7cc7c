"""The screens on which the console is used."""

from typing import Any

from playwright.sync_api import Page

#: Options of a browser's window.
SCREENS: dict[str, dict[str, Any]] = {
    "desktop": {"viewport": {"width": 1280, "height": 800}},
    "phone": {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True},
}


def expect_to_fit(page: Page) -> None:
    """No page is wider than its screen; wide tables scroll inside of it."""
    screen = page.viewport_size
    assert screen
    # With no script of its own, for there are pages without JavaScript.
    size = page.context.new_cdp_session(page).send("Page.getLayoutMetrics")["cssContentSize"]
    assert size["width"] <= screen["width"], page.url
