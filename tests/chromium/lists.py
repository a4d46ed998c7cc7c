"""What staff do with the admin's lists, and what they see there."""

from playwright.sync_api import Locator, Page, expect

from tests.chromium.hands import Hands


def rows(page: Page) -> Locator:
    """The rows of a list, without their header."""
    return page.locator("#result_list tbody tr")


def row(page: Page, text: str) -> Locator:
    """The row that holds a text."""
    return rows(page).filter(has_text=text)


def filter_by(page: Page, hands: Hands, title: str, choice: str) -> None:
    """Take a choice of the filter of this title."""
    group = page.locator(f'#changelist-filter details[data-filter-title="{title}"]')
    hands.press(group.get_by_role("link", name=choice, exact=True))
    expect(group.locator(".selected")).to_have_text(choice)


def take_action(page: Page, hands: Hands, texts: list[str], action: str) -> None:
    """Take an action on the rows that hold one of these texts."""
    for text in texts:
        hands.tick(row(page, text).get_by_role("checkbox"))
    hands.choose(page.get_by_label("Action:"), action)
    hands.press(page.get_by_role("button", name="Go", exact=True))


def expect_message(page: Page, text: str) -> None:
    expect(page.locator(".messagelist")).to_have_text(text)
