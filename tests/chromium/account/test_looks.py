"""How the account pages look: on all screens, in both schemes, and with any name."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import override_settings
from playwright.sync_api import BrowserContext, Page, expect

from killswitches.registry import GLOBAL
from killswitches.testing import switched_on
from sessions_api.callers.clients import Client
from sessions_api.scopes import Scope
from sessions_api.second_factors.models import SecondFactor
from tests.api import HOME, Login
from tests.cast import PASSWORD
from tests.chromium.account.people import Person
from tests.chromium.account.scenes import (
    END_ALL,
    LOGIN,
    PASSWORD_PAGE,
    SESSIONS,
    open_account,
)
from tests.chromium.axe import faults_in_both_schemes
from tests.chromium.hands import Mouse
from tests.chromium.hostile_texts import each
from tests.chromium.screens import expect_to_fit
from tests.sessions_api.second_factors.totp import Clock

OpenPage = Callable[..., Page]

FACTORS = "/account/second-factors/"
TOKENS = "/account/tokens/"
HISTORY = "/account/history/"

pytestmark = pytest.mark.django_db

in_every_language = pytest.mark.parametrize("language", ["en", "de", "ar"])


def look(person: Person, heading: str) -> None:
    """Check a page: on the widest and the narrowest screen, in light and dark."""
    for width in (1280, 320):
        person.page.set_viewport_size({"width": width, "height": 700})
        person.sees(heading)
    assert faults_in_both_schemes(person.page) == set(), person.page.url


def look_at(person: Person, pages: dict[str, str]) -> None:
    """Open pages, and check them.

    :param pages: the heading of each by its path.
    """
    for path, heading in pages.items():
        person.page.goto(path)
        look(person, heading)


@in_every_language
def test_pages_with_nothing_on_them(open_page: OpenPage, ann: Any, language: str) -> None:
    person = Person(open_page(locale=language, bypass_csp=True), Mouse(), language)
    look_at(person, {LOGIN: "Log in"})
    person.log_in("guess")
    expect(person.page.get_by_role("alert")).to_be_visible()
    look(person, "Log in")
    # The name is still there.
    person.write("Password", PASSWORD)
    person.press("Log in")
    look(person, "Where you are logged in")
    pages = {
        TOKENS: "API tokens",
        FACTORS: "Second factors",
        f"{FACTORS}app/": "Add an authenticator app",
        f"{FACTORS}key/": "Add a passkey or security key",
        f"{SESSIONS}sessions/1/not-me/": "This wasn't me",
        # This leads back with a warning.
        f"{FACTORS}1/remove/": "Second factors",
    }
    look_at(person, pages)
    look_at(person, {f"{HISTORY}?before=2001-01-01T00:00:00Z_1": "Security history"})
    expect(person.page.get_by_text(person.word("Nothing has happened yet."))).to_be_visible()


@in_every_language
def test_pages_with_something_on_them(
    open_page: OpenPage, ann: Any, logins: list[Login], totp_clock: Clock, language: str
) -> None:
    person = Person(open_page(locale=language, bypass_csp=True), Mouse(), language)
    page = person.page
    page.goto(FACTORS)
    person.log_in()
    app = person.add_app("My phone", totp_clock)
    look(person, "Your backup codes")
    person.press("I have kept them")
    person.press("Authenticator app")
    person.prove(app.next_code())
    person.press("Continue")
    page.locator("summary").click()
    person.write("Name", "Another")
    person.write("Code", "000000")
    person.press("Add the app")
    expect(page.locator(".problem")).to_be_visible()
    look(person, "Add an authenticator app")
    page.goto(f"{FACTORS}key/")
    person.prove(app.next_code())
    person.press("Continue")
    look(person, "Add a passkey or security key")
    page.goto(f"{TOKENS}new/")
    person.write("Name", "x" * 128)
    person.prove(app.next_code())
    person.press("Make the token")
    expect(page.locator(".problem")).to_be_visible()
    look(person, "Make an API token")
    person.hands.tick(page.get_by_role("checkbox").first)
    person.prove(app.next_code())
    person.press("Make the token")
    look(person, "Your new API token")
    pages = {
        SESSIONS: "Where you are logged in",
        END_ALL: "Log out everywhere",
        PASSWORD_PAGE: "New password",
        f"{SESSIONS}sessions/{logins[0].session.sid}/not-me/": "This wasn't me",
        TOKENS: "API tokens",
        HISTORY: "Security history",
        FACTORS: "Second factors",
        f"{FACTORS}codes/": "New backup codes",
        f"{FACTORS}{SecondFactor.objects.get().pk}/remove/": "Remove a second factor",
    }
    look_at(person, pages)
    person.press("Log out")
    person.log_in()
    look(person, "Second factor")


@in_every_language
def test_refusals(
    new_context: Callable[..., BrowserContext],
    ann: Any,
    logins: list[Login],
    settings: Any,
    language: str,
) -> None:
    # Chromium reports each of these to the console as an error.
    page = new_context(locale=language, bypass_csp=True).new_page()
    person = Person(page, Mouse(), language)
    page.goto(END_ALL)
    person.log_in()
    page.context.clear_cookies(name="csrftoken")
    person.press("Log out everywhere else")
    look(person, "This page was out of date")
    look_at(person, {"/account/nowhere/": "Page not found"})
    with switched_on(GLOBAL):
        look_at(person, {SESSIONS: "Not available at the moment"})
    limited = {"RATELIMIT_ENABLE": True, "RATES": {"BURST": (1, 300)}}
    with override_settings(SESSIONS_API=settings.SESSIONS_API | limited):
        page.goto(SESSIONS)
        look_at(person, {SESSIONS: "Too many attempts"})
    get_user_model().objects.update(is_active=False)
    look_at(person, {SESSIONS: "Your account is banned"})


@each
def test_hostile_names(open_page: OpenPage, ann: Any, log_in: Any, text: str) -> None:
    begun = log_in(ann, name=text, client=Client(address=HOME, user_agent=text))
    for field in ("browser", "browser_version", "os", "os_version", "location"):
        longest = begun.session._meta.get_field(field).max_length
        setattr(begun.session, field, text[:longest])
    begun.session.save()
    token = log_in(ann, name=text, dialect="v5", permission_flags=int(Scope.SESSION_READ))
    page = open_account(open_page(viewport={"width": 390, "height": 844}))
    factor = SecondFactor.objects.create(user=ann, type="totp", name=text, secret="")
    expect(page.get_by_text("You are logged in 3 times.")).to_be_visible()
    expect(page.get_by_role("button", name="Log out there")).to_have_count(2)
    for path in (SESSIONS, TOKENS, FACTORS, f"{FACTORS}{factor.pk}/remove/"):
        page.goto(path)
        expect_to_fit(page)
        expect(page.get_by_text(text, exact=True).first).to_be_visible()
    assert token.session.name == text
