"""Interaction with a page, either with a mouse or with the keyboard only."""

from typing import Protocol

from playwright.sync_api import Locator, Page, expect

#: The maximum number of Tab presses: more than any page has stops.
STOPS = 300

#: Returns whether an element looks different when it has the focus.
SHOWS_FOCUS = """element => {
    const look = () => {
        document.getAnimations().forEach(animation => animation.finish());
        const { outline, boxShadow, textDecoration, borderColor, backgroundColor, color } =
            getComputedStyle(element);
        return [outline, boxShadow, textDecoration, borderColor, backgroundColor, color].join();
    };
    const focused = look();
    element.blur();
    const blurred = look();
    element.focus();
    return focused !== blurred;
}"""

#: Returns whether an element precedes the one that has the focus.
LIES_BEFORE = """element => {
    const position = document.activeElement.compareDocumentPosition(element);
    const { DOCUMENT_POSITION_PRECEDING: before, DOCUMENT_POSITION_CONTAINS: around } = Node;
    return Boolean(position & before) && !(position & around);
}"""


class Hands(Protocol):
    def press(self, target: Locator) -> None:
        """Press a button, follow a link, or open or close a disclosure."""

    def tick(self, target: Locator) -> None:
        """Tick a checkbox."""

    def untick(self, target: Locator) -> None:
        """Untick a checkbox."""

    def write(self, target: Locator, text: str) -> None:
        """Type a text into an empty field."""

    def choose(self, target: Locator, option: str) -> None:
        """Choose an option of a select element by its label."""


class Mouse:
    """Clicks. Text is still typed on the keyboard."""

    def press(self, target: Locator) -> None:
        target.click()

    def tick(self, target: Locator) -> None:
        target.check()

    def untick(self, target: Locator) -> None:
        target.uncheck()

    def write(self, target: Locator, text: str) -> None:
        target.click()
        target.press_sequentially(text)

    def choose(self, target: Locator, option: str) -> None:
        target.select_option(label=option)


class Keyboard:
    """Moves with the Tab key, and checks that the focus is visible."""

    def press(self, target: Locator) -> None:
        walk_to(target)
        target.page.keyboard.press("Enter")

    def tick(self, target: Locator) -> None:
        walk_to(target)
        target.page.keyboard.press("Space")
        expect(target).to_be_checked()

    def untick(self, target: Locator) -> None:
        walk_to(target)
        target.page.keyboard.press("Space")
        expect(target).not_to_be_checked()

    def write(self, target: Locator, text: str) -> None:
        walk_to(target)
        target.page.keyboard.type(text)

    def choose(self, target: Locator, option: str) -> None:
        walk_to(target)
        # A select element chooses the option that begins with the typed letters.
        target.page.keyboard.type(option)
        chosen = target.locator("option:checked")
        expect(chosen).to_have_text(option)


class CountingHands:
    """Clicks and presses keys, and counts how often."""

    def __init__(self) -> None:
        self.count = 0

    def click(self, target: Locator) -> None:
        self.count += 1
        target.click()

    def key(self, target: Locator, key: str) -> None:
        self.count += 1
        target.press(key)


def walk_to(target: Locator) -> None:
    """Press Tab or Shift+Tab until the target has the focus, and check that this is visible."""
    page: Page = target.page
    expect(target).to_be_visible()
    element = target.element_handle()
    key = "Shift+Tab" if element.evaluate(LIES_BEFORE) else "Tab"
    for _ in range(STOPS):
        page.keyboard.press(key)
        if element.evaluate("element => element === document.activeElement"):
            assert element.evaluate(SHOWS_FOCUS), f"Nothing shows that {target} has the focus."
            return
    raise AssertionError(f"The Tab key does not lead to {target}.")
