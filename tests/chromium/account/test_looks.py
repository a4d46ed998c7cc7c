"""How the account pages look: on all screens, in both schemes, and with any name."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from sessions_api.callers.clients import Client
from tests.api import HOME, Login
from tests.chromium.account.scenes import (
    END_ALL,
    LOGIN,
    PASSWORD_PAGE,
    log_in_by_hand,
    open_account,
)
from tests.chromium.axe import faults_in_both_schemes
from tests.chromium.hostile_texts import each
from tests.chromium.screens import expect_to_fit
from tests.sessions_api.second_factors.totp import App

OpenPage = Callable[..., Page]

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("width", [320, 1280])
def test_they_fit_and_are_accessible(
    open_page: OpenPage,
    logins: list[Login],
    width: int,
    ann: Any,
    enrol_app: Callable[..., App],
) -> None:
    page = open_page(viewport={"width": width, "height": 700}, bypass_csp=True)

    def look() -> None:
        expect_to_fit(page)
        assert faults_in_both_schemes(page) == set()

    page.goto(LOGIN)
    look()
    log_in_by_hand(page, "guess")
    expect(page.get_by_role("alert")).to_be_visible()
    look()
    open_account(page)
    look()
    app = enrol_app(ann)
    app.next_code()
    for path in (END_ALL, PASSWORD_PAGE, f"/account/sessions/{logins[0].session.sid}/not-me/"):
        page.goto(path)
        look()
    page.get_by_role("button", name="Log out", exact=True).click()
    log_in_by_hand(page)
    expect(page).to_have_title("Second factor")
    look()


def test_they_are_mirrored_where_people_write_from_right_to_left(
    open_page: OpenPage, logins: list[Login], settings: Any
) -> None:
    settings.LANGUAGES = [("ar", "Arabic")]
    settings.LANGUAGE_CODE = "ar"
    page = open_page(viewport={"width": 390, "height": 844}, locale="ar")
    page.goto(LOGIN)
    assert page.locator("html").get_attribute("dir") == "rtl"
    expect_to_fit(page)


@each
def test_hostile_names(open_page: OpenPage, ann: Any, log_in: Any, text: str) -> None:
    begun = log_in(ann, name=text, client=Client(address=HOME, user_agent=text))
    for field in ("browser", "browser_version", "os", "os_version", "location"):
        longest = begun.session._meta.get_field(field).max_length
        setattr(begun.session, field, text[:longest])
    begun.session.save()
    page = open_account(open_page(viewport={"width": 390, "height": 844}))
    expect_to_fit(page)
    expect(page.get_by_text("You are logged in 2 times.")).to_be_visible()
    expect(page.get_by_role("button", name="Log out there")).to_be_visible()
