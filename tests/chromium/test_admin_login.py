"""Logging in to the admin with a password, and with a second factor if the user has one."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.api import Login
from tests.cast import PASSWORD
from tests.chromium.login import give_password, submit
from tests.chromium.visitors import Visitor
from tests.sessions_api.second_factors.totp import App

OpenPage = Callable[..., Page]

USE_CREDENTIAL = "Use a security key or passkey"
REFUSED = "That was not accepted, or it came too late. Please try again."
NO_ANSWER = "No security key or passkey answered. Please try again."


def expect_logged_in(page: Page) -> None:
    expect(page.get_by_role("heading", name="Site administration")).to_be_visible()


def expect_logged_out(page: Page) -> None:
    """Check that nobody is logged in, in another tab to leave the page as it is."""
    tab = page.context.new_page()
    tab.goto("/admin/")
    expect(tab).to_have_url(re.compile("/admin/login/"))
    tab.close()


def test_by_password(open_page: OpenPage, staff: Any) -> None:
    page = open_page()
    page.goto("/admin/password_change/")
    give_password(page, "a guess")
    expect(page.get_by_text("Please enter the correct username and password")).to_be_visible()
    expect_logged_out(page)
    give_password(page)
    expect(page).to_have_url(re.compile("/admin/password_change/$"))
    page.get_by_role("button", name="Log out").click()
    expect_logged_out(page)


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "no javascript"])
def test_by_the_code_of_an_app(
    open_page: OpenPage, staff: Any, enrol_app: Callable[..., App], javascript: bool
) -> None:
    app = enrol_app(staff)
    page = open_page(java_script_enabled=javascript)
    page.goto("/admin/")
    give_password(page)
    expect(page.get_by_label("Code:")).to_be_focused()
    expect_logged_out(page)
    page.get_by_label("Code:").fill(app.wrong_code())
    submit(page)
    expect(page.get_by_text(REFUSED)).to_be_visible()
    expect_logged_out(page)
    page.get_by_label("Code:").fill(app.next_code())
    submit(page)
    expect_logged_in(page)


def test_by_a_backup_code(open_page: OpenPage, staff: Any, enrol_app: Callable[..., App]) -> None:
    codes = enrol_app(staff).backup_codes
    assert codes
    page = open_page()
    page.goto("/admin/")
    give_password(page)
    page.get_by_label("Code:").fill(codes[0].upper())
    submit(page)
    expect_logged_in(page)


def test_by_a_passkey(open_page: OpenPage, staff: Any, boss: Login) -> None:
    page = open_page()
    visitor = Visitor(page)
    assert visitor("enrol", boss.token, PASSWORD, "My laptop")["type"] == "webauthn"
    page.goto("/admin/")
    give_password(page)
    visitor.authenticator.verify_user(False)
    page.get_by_role("button", name=USE_CREDENTIAL).click()
    expect(page.get_by_text(NO_ANSWER)).to_be_visible()
    expect_logged_out(page)
    visitor.authenticator.verify_user(True)
    page.get_by_role("button", name=USE_CREDENTIAL).click()
    expect_logged_in(page)


def test_start_over(open_page: OpenPage, staff: Any, enrol_app: Callable[..., App]) -> None:
    enrol_app(staff)
    page = open_page()
    page.goto("/admin/")
    give_password(page)
    page.get_by_role("button", name="Start over").click()
    expect(page.get_by_label("Password:")).to_be_visible()
    expect_logged_out(page)
