"""All that people do on the account pages, in each of the ways in which they use them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from sessions_api.models import UserSession
from sessions_api.second_factors.models import SecondFactor
from tests.api import Api, Login, is_dead
from tests.cast import PASSWORD
from tests.chromium.account.people import Person
from tests.chromium.account.scenes import (
    SESSIONS,
)
from tests.chromium.hands import Hands, Keyboard, Mouse
from tests.chromium.screens import SCREENS
from tests.chromium.visitors import Authenticator
from tests.sessions_api.second_factors.totp import App, Clock

OpenPage = Callable[..., Page]
NEW = "a much better one"

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Way:
    """How somebody uses the pages.

    :param options: those of the browser.
    :param language: of the pages; a choice at the bottom of the page, if not the browser's.
    """

    hands: type[Hands] = Mouse
    language: str = "en"
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def scripts(self) -> bool:
        return self.options.get("java_script_enabled", True)


NO_SCRIPTS = {"java_script_enabled": False}
DARK = {"color_scheme": "dark"}

WAYS = {
    "mouse": Way(),
    "keyboard": Way(Keyboard),
    "keyboard without scripts": Way(Keyboard, options=NO_SCRIPTS),
    "dark phone without scripts": Way(options=SCREENS["phone"] | DARK | NO_SCRIPTS),
    "German in the dark": Way(Keyboard, "de", DARK | {"locale": "de-DE"}),
    "Arabic on a phone": Way(Mouse, "ar", SCREENS["phone"]),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_the_whole_journey(
    way: Way,
    open_page: OpenPage,
    ann: Any,
    logins: list[Login],
    log_in: Callable[..., Login],
    totp_clock: Clock,
) -> None:
    page = open_page(**way.options)
    if way.scripts:
        Authenticator(page)
    page.goto(SESSIONS)
    if way.language == "ar":
        page.get_by_label("Language").select_option("ar")
        page.get_by_role("button", name="Change").click()
    person = Person(page, way.hands(), way.language)
    person.sees("Log in")
    person.log_in()
    ends_sessions(person, logins)
    makes_a_token(person)
    person.press("Second factors")
    person.sees("Second factors")
    app = person.add_app("My phone", totp_clock)
    person.sees("Your backup codes")
    backup = page.locator(".codes li").first.inner_text()
    person.press("I have kept them")
    changes_the_password(person, app)
    logs_in_again(person, backup)
    logs_in_again(person, app.next_code())
    person.press("Second factors")
    if way.scripts:
        adds_and_uses_a_key(person, app)
    makes_new_codes(person, app)
    person.press("Remove", "My phone")
    person.prove(app.next_code(), NEW)
    person.press("Remove it")
    person.reads("status", "It was removed.")
    reads_the_history(person)
    if way.scripts:
        person.press("Second factors")
        person.press("Remove")
        person.prove(password=NEW)
        person.press("Use a security key or passkey")
        person.reads("status", "It was removed.")
    assert not SecondFactor.objects.exists()
    ann.refresh_from_db()
    stranger, _ = log_in(ann, location="Lagos"), log_in(ann)
    secures_the_account(person, stranger)
    ann.refresh_from_db()
    log_in(ann)
    person.press("Where you are logged in")
    person.press("Log out everywhere…")
    person.press("Log out everywhere, here too")
    person.sees("Log in")
    assert not UserSession.objects.exists()


def ends_sessions(person: Person, logins: list[Login]) -> None:
    person.sees("Where you are logged in")
    person.press("Log out there", "Lagos")
    person.reads("status", "It is logged out.")
    assert [is_dead(one) for one in logins] == [True, False, False]
    person.press("Log out everywhere…")
    person.sees("Log out everywhere")
    person.press("Log out everywhere else")
    person.sees("Where you are logged in")
    assert [is_dead(one) for one in logins] == [True, True, True]


def makes_a_token(person: Person) -> None:
    person.press("API tokens")
    person.press("Make a token")
    person.sees("Make an API token")
    person.write("Name", "Backup script")
    person.hands.tick(person.page.get_by_label(person.word("View the sessions."), exact=True))
    person.prove()
    person.press("Make the token")
    person.sees("Your new API token")
    token = person.page.get_by_label(person.word("Your token")).input_value()
    assert Api(token=token)("GET", "/users/me/sessions").status_code == 200
    person.press("I have kept it")
    person.sees("API tokens")
    person.press("Log out there", "Backup script")
    person.reads("status", "It is logged out.")
    assert Api(token=token)("GET", "/users/me/sessions").status_code == 401


def changes_the_password(person: Person, app: App) -> None:
    person.press("New password")
    person.sees("New password")
    for label in ("New password", "New password confirmation"):
        person.write(label, NEW)
    person.prove(app.next_code(), "guess")
    person.press("Change the password")
    expect(person.page.locator(".problem")).to_have_text(person.word("This is not your password."))
    for label in ("New password", "New password confirmation"):
        person.write(label, NEW)
    person.prove(app.next_code())
    person.press("Change the password")
    person.reads("status", "You have a new password, and are logged out everywhere else.")


def logs_in_again(person: Person, code: str) -> None:
    person.press("Log out")
    person.sees("Log in")
    person.reads("status", "You are logged out.")
    person.log_in(NEW)
    person.sees("Second factor")
    if code:
        person.write("Code", "000000")
        person.press("Log in")
        person.sees("Second factor")
        expect(person.page.locator(".problem")).to_have_count(1)
        person.write("Code", code)
        person.press("Log in")
    else:
        person.press("Use a security key or passkey")
    person.sees("Where you are logged in")


def adds_and_uses_a_key(person: Person, app: App) -> None:
    person.press("Passkey or security key")
    person.prove(app.next_code(), NEW)
    person.press("Continue")
    person.sees("Add a passkey or security key")
    person.write("Name", "My laptop")
    person.press("Add it")
    person.sees("Second factors")
    logs_in_again(person, "")
    person.press("Second factors")


def makes_new_codes(person: Person, app: App) -> None:
    person.sees("Second factors")
    person.press("Make new codes")
    person.sees("New backup codes")
    person.prove(app.next_code(), NEW)
    person.press("Make new codes")
    person.sees("Your backup codes")
    expect(person.page.locator(".codes li")).to_have_count(10)
    person.press("I have kept them")


def reads_the_history(person: Person) -> None:
    person.press("Security history")
    person.sees("Security history")
    expect(person.page.get_by_text(person.word("The password was changed"))).to_be_visible()
    for extension in ("CSV", "JSON"):
        with person.page.expect_download() as download:
            person.press(extension)
        text = download.value.path().read_text(encoding="utf-8-sig")
        assert person.word("The password was changed") in text


def secures_the_account(person: Person, stranger: Login) -> None:
    person.press("Where you are logged in")
    person.press("This wasn't me", "Lagos")
    person.sees("This wasn't me")
    for label in ("New password", "New password confirmation"):
        person.write(label, PASSWORD)
    person.prove(password=NEW)
    person.press("Secure my account")
    person.sees("Where you are logged in")
    assert is_dead(stranger)
    assert UserSession.objects.count() == 1
