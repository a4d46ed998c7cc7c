"""People on the account pages: each finds everything by its text, in their own language."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import zxingcpp
from django.utils.translation import gettext, override
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.cast import PASSWORD
from tests.chromium.hands import Hands
from tests.chromium.screens import expect_to_fit
from tests.sessions_api.second_factors.totp import App, Clock


def scan(drawing: Locator) -> str:
    """Read a QR code off the screen, as a phone does."""
    image = Image.open(io.BytesIO(drawing.screenshot()))
    [code] = zxingcpp.read_barcodes(image)
    return code.text


@dataclass
class Person:
    """Somebody at a page in a language. All texts are given in English, and translated."""

    page: Page
    hands: Hands
    language: str = "en"

    def word(self, text: str) -> str:
        with override(self.language):
            return gettext(text)

    def sees(self, heading: str) -> None:
        """Check the heading, the direction of the page, and that it is no wider than the screen."""
        expect(self.page.get_by_role("heading", level=1)).to_have_text(self.word(heading))
        direction = "rtl" if self.language == "ar" else "ltr"
        expect(self.page.locator(f"html[dir={direction}][lang={self.language}]")).to_have_count(1)
        expect_to_fit(self.page)

    def reads(self, role: Any, text: str) -> None:
        expect(self.page.get_by_role(role)).to_have_text(self.word(text))

    def press(self, text: str, place: str = "") -> None:
        """Press a button or follow a link, perhaps that of an entry of a list."""
        where: Any = self.page
        if place:
            where = where.get_by_role("listitem").filter(has_text=place)
        named = {"name": self.word(text), "exact": True}
        self.hands.press(
            where.get_by_role("button", **named).or_(where.get_by_role("link", **named))
        )

    def write(self, label: str, text: str) -> None:
        self.hands.write(self.page.get_by_label(self.word(label), exact=True), text)

    def log_in(self, password: str = PASSWORD) -> None:
        self.write("Name", "ann")
        self.write("Password", password)
        self.press("Log in")

    def prove(self, code: str = "", password: str = PASSWORD) -> None:
        """Give the password again and, if there is a second factor, a code."""
        self.write("Your current password", password)
        if code:
            self.write("Code", code)

    def add_app(
        self, name: str, clock: Clock, before_it_is_added: Callable[[], object] = bool
    ) -> App:
        """Add an authenticator app, the first second factor, by the QR code on the screen."""
        self.press("Authenticator app")
        self.prove()
        self.press("Continue")
        self.sees("Add an authenticator app")
        scanned = scan(self.page.locator(".qr-code"))
        app = App(parse_qs(urlsplit(scanned).query)["secret"][0], clock)
        self.write("Name", name)
        self.write("Code", app.code())
        before_it_is_added()
        self.press("Add the app")
        return app
