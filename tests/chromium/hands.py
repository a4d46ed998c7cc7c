"""What people do to a page, with a mouse or with the keyboard alone."""

from typing import Protocol

from playwright.sync_api import Locator, Page, expect

#: More stops than any page has.
STOPS = 300

#: Whether an element looks another when it has the focus.
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

#: Whether an element lies before the one that has the focus.
LIES_BEFORE = """element => {
    const position = document.activeElement.compareDocumentPosition(element);
    const { DOCUMENT_POSITION_PRECEDING: before, DOCUMENT_POSITION_CONTAINS: around } = Node;
    return Boolean(position & before) && !(position & around);
}"""


class Hands(Protocol):
    def press(self, target: Locator) -> None:
        """Press a button, follow a link, open or close what can be opened."""

    def tick(self, target: Locator) -> None:
        """Tick a box."""

    def write(self, target: Locator, text: str) -> None:
        """Write a text into an empty field."""

    def choose(self, target: Locator, option: str) -> None:
        """Choose an option of a list by its label."""


class Mouse:
    """Clicks; what is written comes from the keyboard, whoever writes it."""

    def press(self, target: Locator) -> None:
        target.click()

    def tick(self, target: Locator) -> None:
        target.check()

    def write(self, target: Locator, text: str) -> None:
        target.click()
        target.press_sequentially(text)

    def choose(self, target: Locator, option: str) -> None:
        target.select_option(label=option)


class Keyboard:
    """Goes from field to field with the Tab key, and sees at each where it is."""

    def press(self, target: Locator) -> None:
        walk_to(target)
        target.page.keyboard.press("Enter")

    def tick(self, target: Locator) -> None:
        walk_to(target)
        target.page.keyboard.press("Space")
        expect(target).to_be_checked()

    def write(self, target: Locator, text: str) -> None:
        walk_to(target)
        target.page.keyboard.type(text)

    def choose(self, target: Locator, option: str) -> None:
        walk_to(target)
        # The list finds what begins with the letters that are typed.
        target.page.keyboard.type(option)
        chosen = target.locator("option:checked")
        expect(chosen).to_have_text(option)


def walk_to(target: Locator) -> None:
    """Press Tab, or Shift and Tab, until the focus is there, which must be seen."""
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
