"""Screen sizes and input types on which the console is tested."""

from typing import Any

from playwright.sync_api import Page

#: Options of a browser's window.
SCREENS: dict[str, dict[str, Any]] = {
    "desktop": {"viewport": {"width": 1280, "height": 800}},
    "phone": {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True},
}

#: How far the widest part of a page that may be scrolled sideways exceeds its room, in pixels.
SCROLLED = """() => Math.max(0, ...[...document.querySelectorAll('#main *')]
    .filter(one => ['auto', 'scroll'].includes(getComputedStyle(one).overflowX))
    .filter(one => one.querySelector('table'))
    .map(one => one.scrollWidth - one.clientWidth))"""


def expect_to_fit(page: Page) -> None:
    """Check that the page is no wider than the screen. Wide tables scroll within it."""
    screen = page.viewport_size
    assert screen
    # Without running a script in the page, because some tests turn JavaScript off.
    size = page.context.new_cdp_session(page).send("Page.getLayoutMetrics")["cssContentSize"]
    assert size["width"] <= screen["width"], page.url
