"""A helper that turns on kill switches."""

from playwright.sync_api import Page

from tests.chromium.hands import Hands


def turn_on(page: Page, hands: Hands, name: str, *, typed: str = "", end: str = "") -> None:
    """Fill in the form of a switch, and turn it on."""
    hands.write(page.get_by_label("Reason:"), "Database on fire")
    if end:
        hands.choose(page.get_by_label("Turn off:"), end)
    if typed:
        hands.write(page.get_by_label("Name of the switch:"), typed)
    hands.press(page.get_by_role("button", name=f"Turn on {name}"))
