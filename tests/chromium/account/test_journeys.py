"""What people do on the account pages: with the mouse, the keyboard, and without JavaScript."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from playwright.sync_api import BrowserContext, Page, expect

from sessions_api.models import UserSession
from tests.api import Login, is_dead
from tests.cast import PASSWORD
from tests.chromium.account.scenes import (
    END_ALL,
    LOGIN,
    PASSWORD_PAGE,
    SESSIONS,
    log_in_by_hand,
    open_account,
    place_of,
)
from tests.chromium.hands import Hands
from tests.chromium.visitors import Authenticator, Visitor
from tests.sessions_api.second_factors.totp import App

OpenPage = Callable[..., Page]
NEW = "a much better one"

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_the_whole_journey(
    open_page: OpenPage, logins: list[Login], hands: Hands, scripts: bool
) -> None:
    page = open_page(java_script_enabled=scripts)
    page.goto(SESSIONS)
    if scripts:
        hands.write(page.get_by_label("Name"), "ann")
        hands.write(page.get_by_label("Password"), PASSWORD)
        hands.press(page.get_by_role("button", name="Log in"))
        press = hands.press
    else:
        log_in_by_hand(page)
        press = lambda target: target.click()  # noqa: E731
    expect(page.get_by_text("You are logged in 4 times.")).to_be_visible()
    expect(place_of(page, "Chrome 126 on Mac")).to_contain_text("4 minutes ago")
    press(place_of(page, "Safari 17 on iOS").get_by_role("button", name="Log out there"))
    expect(page.get_by_role("status")).to_have_text("It is logged out.")
    assert [is_dead(one) for one in logins] == [True, False, False]
    press(page.get_by_role("link", name="Log out everywhere…"))
    press(page.get_by_role("button", name="Log out everywhere else"))
    expect(page.get_by_text("You are logged in once.")).to_be_visible()
    assert [is_dead(one) for one in logins] == [True, True, True]
    press(page.get_by_role("button", name="Log out", exact=True))
    expect(page).to_have_title("Log in")


def test_a_new_password(open_page: OpenPage, logins: list[Login], hands: Hands) -> None:
    page = open_account(open_page(), PASSWORD_PAGE)
    hands.write(page.get_by_label("New password", exact=True), NEW)
    hands.write(page.get_by_label("New password confirmation"), NEW)
    hands.write(page.get_by_label("Your present password"), "guess")
    hands.press(page.get_by_role("button", name="Change the password"))
    expect(page.get_by_text("This is not your password.")).to_be_visible()
    hands.write(page.get_by_label("New password", exact=True), NEW)
    hands.write(page.get_by_label("New password confirmation"), NEW)
    hands.write(page.get_by_label("Your present password"), PASSWORD)
    hands.press(page.get_by_role("button", name="Change the password"))
    expect(page.get_by_role("status")).to_contain_text("You have a new password")
    assert [is_dead(one) for one in logins] == [True, True, True]


def test_it_was_not_me(open_page: OpenPage, logins: list[Login]) -> None:
    page = open_account(open_page(java_script_enabled=False))
    place_of(page, "Safari 17 on iOS").get_by_role("link", name="This wasn't me").click()
    expect(page.get_by_text("Lagos, Lagos Nigeria")).to_be_visible()
    page.get_by_label("New password", exact=True).fill(NEW)
    page.get_by_label("New password confirmation").fill(NEW)
    page.get_by_label("Your present password").fill(PASSWORD)
    page.get_by_role("button", name="Secure my account").click()
    expect(page.get_by_role("status")).to_contain_text("Your account is secured")
    assert UserSession.objects.count() == 1


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
    page.get_by_label("Your present password").fill(PASSWORD)
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


def test_a_double_click_logs_in_once(open_page: OpenPage, ann: Any) -> None:
    page = open_page()
    page.goto(LOGIN)
    page.get_by_label("Name").fill("ann")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").dblclick()
    expect(page.get_by_text("You are logged in once.")).to_be_visible()
    assert UserSession.objects.count() == 1


def test_ending_everything(open_page: OpenPage, logins: list[Login]) -> None:
    page = open_account(open_page(), END_ALL)
    page.get_by_role("button", name="Log out everywhere, here too").click()
    expect(page).to_have_title("Log in")
    expect(page.get_by_role("status")).to_have_text("Logged out 4 times.")
    assert not UserSession.objects.exists()
