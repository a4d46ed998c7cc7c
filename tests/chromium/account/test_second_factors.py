"""Second factors on the account pages: QR codes that are read, keys, and printed backup codes."""

import re
import time
from base64 import b32decode
from collections.abc import Callable
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from playwright.sync_api import Page, expect

from sessions_api.second_factors.models import SecondFactor
from tests.cast import PASSWORD
from tests.chromium.account.people import scan
from tests.chromium.hands import Hands, Mouse
from tests.sessions_api.second_factors.totp import code_at

FACTORS = "/account/second-factors/"
Visit = Callable[..., Page]


@pytest.fixture
def hands() -> Hands:
    """The mouse; the journeys take the keyboard, too."""
    return Mouse()


def add_app(page: Page, hands: Hands) -> str:
    """Add an authenticator app by its QR code. Return what the code says."""
    hands.press(page.get_by_role("link", name="Authenticator app"))
    hands.write(page.get_by_label("Your current password"), PASSWORD)
    hands.press(page.get_by_role("button", name="Continue"))
    scanned = scan(page.get_by_role("img", name="QR code"))
    secret = b32decode(parse_qs(urlsplit(scanned).query)["secret"][0])
    hands.write(page.get_by_label("Name"), "My phone")
    hands.write(page.get_by_label("Code", exact=True), code_at(secret, time.time()))
    hands.press(page.get_by_role("button", name="Add the app"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Your backup codes")
    return scanned


def test_an_app_that_scans_the_code(visit: Visit, hands: Hands) -> None:
    page = visit(FACTORS)
    scanned = add_app(page, hands)
    assert unquote(urlsplit(scanned).path) == "/Cumulonimbus:ann"
    assert SecondFactor.objects.get().name == "My phone"


def virtual_authenticator(page: Page) -> None:
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def test_a_key_is_added_and_then_confirms_its_removal(visit: Visit, hands: Hands) -> None:
    page = visit(FACTORS)
    virtual_authenticator(page)
    hands.press(page.get_by_role("link", name="Passkey or security key"))
    hands.write(page.get_by_label("Your current password"), PASSWORD)
    hands.press(page.get_by_role("button", name="Continue"))
    hands.write(page.get_by_label("Name"), "My laptop")
    hands.press(page.get_by_role("button", name="Add it"))
    expect(page.locator(".codes li")).to_have_count(10)
    hands.press(page.get_by_role("link", name="I have kept them"))
    hands.press(page.get_by_role("link", name="Remove"))
    hands.write(page.get_by_label("Your current password"), PASSWORD)
    hands.press(page.get_by_role("button", name="Use a security key or passkey"))
    expect(page.get_by_text("It was removed.")).to_be_visible()
    assert not SecondFactor.objects.exists()


def test_backup_codes_are_printed_without_anything_else(visit: Visit, hands: Hands) -> None:
    page = visit(FACTORS)
    page.add_init_script("window.print = () => { window.printed = true; }")
    add_app(page, hands)
    hands.press(page.get_by_role("button", name="Print"))
    assert page.evaluate("window.printed")
    page.emulate_media(media="print")
    expect(page.locator(".codes li").first).to_be_visible()
    expect(page.get_by_text("Backup codes of ann for Cumulonimbus")).to_be_visible()
    for hidden in (page.get_by_role("link"), page.get_by_role("button"), page.locator("header")):
        assert not any(one.is_visible() for one in hidden.all())


def test_a_token_is_made_and_copied(visit: Visit, hands: Hands) -> None:
    page = visit("/account/tokens/", permissions=["clipboard-read", "clipboard-write"])
    hands.press(page.get_by_role("link", name="Make a token"))
    hands.write(page.get_by_label("Name"), "Backup script")
    hands.tick(page.get_by_label("View the sessions."))
    hands.write(page.get_by_label("Your current password"), PASSWORD)
    hands.press(page.get_by_role("button", name="Make the token"))
    hands.press(page.get_by_role("button", name="Copy"))
    expect(page.get_by_text("Copied.")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert re.fullmatch(r"[\w-]+\.[\w-]+\.[\w-]+", copied)
    assert copied == page.get_by_label("Your token").input_value()
