"""Helpers for the admin's lists: rows, filters, actions and messages."""

from playwright.sync_api import Locator, Page, expect

from tests.chromium.hands import Hands


def rows(page: Page) -> Locator:
    """Return the rows of a list, without the header."""
    return page.locator("#result_list tbody tr")


def row(page: Page, text: str) -> Locator:
    """Return the row that contains a text."""
    return rows(page).filter(has_text=text)


def filter_by(page: Page, hands: Hands, title: str, choice: str) -> None:
    """Choose an option of the filter with this title."""
    group = page.locator(f'#changelist-filter details[data-filter-title="{title}"]')
    hands.press(group.get_by_role("link", name=choice, exact=True))
    expect(group.locator(".selected")).to_have_text(choice)


def take_action(page: Page, hands: Hands, texts: list[str], action: str) -> None:
    """Run an action on the rows that contain one of these texts."""
    for text in texts:
        hands.tick(row(page, text).get_by_role("checkbox"))
    hands.choose(page.get_by_label("Action:"), action)
    hands.press(page.get_by_role("button", name="Go", exact=True))


def expect_message(page: Page, text: str) -> None:
    expect(page.locator(".messagelist")).to_have_text(text)
