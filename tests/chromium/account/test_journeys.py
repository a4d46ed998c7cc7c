"""What people do on the account pages: passkeys, the back button, and two tabs."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from playwright.sync_api import BrowserContext, Page, expect

from sessions_api.models import UserSession
from tests.api import Login
from tests.cast import PASSWORD
from tests.chromium.account.scenes import (
    END_ALL,
    LOGIN,
    PASSWORD_PAGE,
    log_in_by_hand,
    open_account,
    place_of,
)
from tests.chromium.visitors import Authenticator, Visitor
from tests.sessions_api.second_factors.totp import App

OpenPage = Callable[..., Page]
NEW = "a much better one"

pytestmark = pytest.mark.django_db


def test_a_code(open_page: OpenPage, ann: Any, enrol_app: Callable[..., App]) -> None:
    app = enrol_app(ann)
    app.next_code()
    page = open_page(java_script_enabled=False)
    page.goto(PASSWORD_PAGE)
    log_in_by_hand(page)
    page.get_by_label("Code").fill("000000")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_text("That was not accepted")).to_be_visible()
    page.get_by_label("Code").fill(app.code())
    page.get_by_role("button", name="Log in").click()
    expect(page).to_have_title("New password")


def test_a_passkey(new_context: Callable[[], BrowserContext], ann: Any) -> None:
    """Enrolled by the script of the manual, it logs in, and proves who sends a form."""
    page = new_context().new_page()
    visitor = Visitor(page)
    token = visitor("logIn", "ann", PASSWORD)["token"]
    visitor("enrol", token, PASSWORD, "My laptop")
    page.goto(LOGIN)
    log_in_by_hand(page)
    page.get_by_role("button", name="Use a security key or passkey").click()
    expect(page.get_by_role("heading", name="Where you are logged in")).to_be_visible()
    page.goto(PASSWORD_PAGE)
    page.get_by_label("New password", exact=True).fill(NEW)
    page.get_by_label("New password confirmation").fill(NEW)
    page.get_by_label("Your current password").fill(PASSWORD)
    visitor.authenticator.verify_user(False)
    page.get_by_role("button", name="Use a security key or passkey").click()
    expect(page.get_by_text("No security key or passkey answered.")).to_be_visible()
    visitor.authenticator.verify_user(True)
    page.get_by_role("button", name="Use a security key or passkey").click()
    expect(page.get_by_role("status")).to_contain_text("You have a new password")
    assert get_user_model().objects.get().check_password(NEW)
    assert isinstance(visitor.authenticator, Authenticator)


class TestTheBackButton:
    def test_after_logging_out_it_shows_nothing(
        self, open_page: OpenPage, logins: list[Login]
    ) -> None:
        page = open_account(open_page())
        page.get_by_role("button", name="Log out", exact=True).click()
        expect(page).to_have_title("Log in")
        page.go_back()
        expect(page).to_have_title("Log in")
        expect(page.get_by_text("Nightly backup")).not_to_be_visible()

    def test_after_an_end_it_shows_the_list_as_it_is(
        self, open_page: OpenPage, logins: list[Login]
    ) -> None:
        page = open_account(open_page())
        place_of(page, "Nightly backup").get_by_role("button", name="Log out there").click()
        expect(page.get_by_role("status")).to_be_visible()
        page.go_back()
        expect(page.get_by_text("Nightly backup")).not_to_be_visible()


class TestTwoTabs:
    def test_a_login_in_the_other_one(
        self, new_context: Callable[[], BrowserContext], ann: Any
    ) -> None:
        context = new_context()
        one, other = context.new_page(), context.new_page()
        for page in (one, other):
            page.goto(LOGIN)
        log_in_by_hand(one)
        expect(one.get_by_text("You are logged in once.")).to_be_visible()
        log_in_by_hand(other)
        expect(other).to_have_title("This page was out of date")
        other.get_by_role("link", name="Open the page again").click()
        expect(other.get_by_text("You are logged in once.")).to_be_visible()

    def test_everything_is_ended_from_elsewhere(
        self, open_page: OpenPage, logins: list[Login]
    ) -> None:
        page = open_account(open_page())
        UserSession.objects.all().delete()
        place_of(page, "Nightly backup").get_by_role("button", name="Log out there").click()
        expect(page.get_by_role("alert")).to_contain_text("nothing was changed")
        log_in_by_hand(page)
        expect(page.get_by_text("You are logged in once.")).to_be_visible()


def test_ending_everything(open_page: OpenPage, logins: list[Login]) -> None:
    page = open_account(open_page(), END_ALL)
    page.get_by_role("button", name="Log out everywhere, here too").click()
    expect(page).to_have_title("Log in")
    expect(page.get_by_role("status")).to_have_text("Logged out 4 times.")
    assert not UserSession.objects.exists()
