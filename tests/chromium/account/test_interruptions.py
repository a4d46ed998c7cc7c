"""Forms of the account pages that are sent twice, or whose session ends before they are sent."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from sessions_api.models import AuditEvent, UserSession
from sessions_api.second_factors.models import BackupCode, SecondFactor
from tests.adapters import Scripted
from tests.api import Login
from tests.cast import PASSWORD
from tests.chromium.account.people import Person
from tests.chromium.account.scenes import END_ALL, LOGIN, PASSWORD_PAGE, SESSIONS
from tests.chromium.hands import Mouse
from tests.sessions_api.second_factors.totp import App, Clock

Visit = Callable[..., Page]
EnrolApp = Callable[..., App]

FACTORS = "/account/second-factors/"
NEW_TOKEN = "/account/tokens/new/"
NEW = "a much better one"

pytestmark = pytest.mark.django_db

PROOF = {"Your current password": PASSWORD}
NEW_PASSWORD = {"New password": NEW, "New password confirmation": NEW} | PROOF


@dataclass(frozen=True)
class Form:
    """A form with what is typed into it.

    :param path: its page; ``{sid}`` is another session, ``{factor}`` the second factor.
    :param button: what sends it.
    :param fields: the texts by label.
    :param leads_to: where the login leads to; "" for the page itself.
    :param has_factor: whether the user has a second factor.
    :param expires: whether the session expires, instead of being ended from elsewhere.
    """

    path: str
    button: str
    fields: dict[str, str] = field(default_factory=dict)
    leads_to: str = ""
    has_factor: bool = False
    expires: bool = False

    def fill(self, person: Person) -> None:
        for label, text in self.fields.items():
            person.write(label, text)
        if self.path == NEW_TOKEN:
            person.hands.tick(person.page.get_by_role("checkbox").first)


FORMS = {
    "all sessions": Form(END_ALL, "Log out everywhere else"),
    "password": Form(PASSWORD_PAGE, "Change the password", NEW_PASSWORD, expires=True),
    "not me": Form(
        SESSIONS + "sessions/{sid}/not-me/", "Secure my account", NEW_PASSWORD, SESSIONS
    ),
    "token": Form(NEW_TOKEN, "Make the token", {"Name": "A script"} | PROOF, expires=True),
    "an app": Form(f"{FACTORS}app/", "Continue", PROOF),
    "a key": Form(f"{FACTORS}key/", "Continue", PROOF, expires=True),
    "backup codes": Form(f"{FACTORS}codes/", "Make new codes", PROOF, "", True, expires=True),
    "removal": Form(FACTORS + "{factor}/remove/", "Remove it", PROOF, FACTORS, True),
}


def state() -> list[Any]:
    """Return all that the forms change."""
    sessions = UserSession.objects.filter(dialect="v5").order_by("pk")
    return [
        list(sessions.values_list("pk", "permission_flags")),
        get_user_model().objects.get().password,
        set(SecondFactor.objects.values_list("pk", "confirmed")),
        set(BackupCode.objects.values_list("digest")),
    ]


def lose_the_session(*, expires: bool) -> None:
    sessions = UserSession.objects.exclude(dialect="v5")
    if expires:
        assert sessions.update(expires_at=timezone.now() - timedelta(seconds=1)) == 1
    else:
        assert sessions.delete()[0]


def expect_a_login_that_leads_to(person: Person, path: str, code: str = "") -> None:
    person.reads("alert", "You were logged out, and nothing was changed. Please log in again.")
    person.log_in()
    if code:
        person.write("Code", code)
        person.press("Log in")
    person.page.wait_for_url(lambda url: url.endswith(path))
    expect(person.page.get_by_role("alert")).to_have_count(0)


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_a_session_that_is_over(
    form: Form, visit: Visit, log_in: Callable[..., Login], ann: Any, enrol_app: EnrolApp
) -> None:
    other = log_in(ann, dialect="v5")
    person = Person(visit(SESSIONS), Mouse())
    app = enrol_app(ann) if form.has_factor else None
    path = form.path.format(sid=other.session.sid, factor=app and app.factor and app.factor.pk)
    person.page.goto(path)
    form.fill(person)
    if app:
        person.write("Code", app.next_code())
    before = state()
    lose_the_session(expires=form.expires)
    person.press(form.button)
    expect_a_login_that_leads_to(person, form.leads_to or path, app.code() if app else "")
    assert state() == before


def test_a_session_that_is_over_while_an_app_is_added(
    visit: Visit, ann: Any, totp_clock: Clock
) -> None:
    person = Person(visit(FACTORS), Mouse())
    person.add_app(
        "My phone", totp_clock, before_it_is_added=lambda: lose_the_session(expires=True)
    )
    expect_a_login_that_leads_to(person, FACTORS)
    assert not SecondFactor.objects.exists()


#: Clicks a second time once the first request is on its way, but not yet answered. Browsers send
#: only one request for clicks that come earlier.
CLICK_TWICE = "button => { button.click(); setTimeout(() => button.click(), 25); }"


class Twice(Mouse):
    """A double click where one is enough."""

    def press(self, target: Locator) -> None:
        target.evaluate(CLICK_TWICE)


class TestDoubleClicks:
    """With JavaScript, a form is sent once."""

    def test_a_login(self, open_page: Callable[..., Page], ann: Any) -> None:
        person = Person(open_page(), Twice())
        person.page.goto(LOGIN)
        person.log_in()
        expect(person.page.get_by_text("You are logged in once.")).to_be_visible()
        assert UserSession.objects.count() == 1

    def test_a_token(self, visit: Visit, ann: Any) -> None:
        person = Person(visit(NEW_TOKEN), Twice())
        FORMS["token"].fill(person)
        person.press("Make the token")
        person.sees("Your new API token")
        assert UserSession.objects.filter(permission_flags__isnull=False).count() == 1

    def test_an_app_and_backup_codes(self, visit: Visit, ann: Any, totp_clock: Clock) -> None:
        person = Person(visit(FACTORS), Twice())
        app = person.add_app("My phone", totp_clock)
        person.sees("Your backup codes")
        assert SecondFactor.objects.count() == 1
        person.page.goto(f"{FACTORS}codes/")
        person.prove(app.next_code())
        person.press("Make new codes")
        person.sees("Your backup codes")
        assert BackupCode.objects.count() == 10

    def test_a_password(self, visit: Visit, ann: Any) -> None:
        person = Person(visit(PASSWORD_PAGE), Twice())
        FORMS["password"].fill(person)
        person.press("Change the password")
        person.reads("status", "You have a new password, and are logged out everywhere else.")


class TwiceWithoutScripts(Mouse):
    """A double click, of which the browser sends both: the first one is still being answered."""

    def press(self, target: Locator) -> None:
        box = target.bounding_box()
        assert box is not None
        mouse = target.page.mouse
        for _ in range(2):
            mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
            target.page.wait_for_timeout(100)


class TestDoubleClicksWithoutScripts:
    """Browsers drop the first answer. The sessions of both are looked at one after the other."""

    @pytest.fixture(autouse=True)
    def _slow_logins(self, settings: Any) -> Iterator[None]:
        def claims(session: UserSession) -> dict[str, object]:
            time.sleep(0.4)
            return {}

        settings.SESSIONS_API = settings.SESSIONS_API | {"ADAPTER": "tests.adapters.Scripted"}
        with Scripted.scripted(claims=claims):
            yield

    def test_a_login(self, open_page: Callable[..., Page], ann: Any) -> None:
        person = Person(open_page(java_script_enabled=False), TwiceWithoutScripts())
        person.page.goto(LOGIN)
        person.log_in()
        expect(person.page.get_by_text("You are logged in once.")).to_be_visible()
        assert UserSession.objects.count() == 1
        assert logins() == 2

    def test_a_second_factor(
        self, open_page: Callable[..., Page], ann: Any, enrol_app: EnrolApp
    ) -> None:
        app = enrol_app(ann)
        page = open_page(java_script_enabled=False)
        person = Person(page, Mouse())
        page.goto(LOGIN)
        person.log_in()
        person.write("Code", app.next_code())
        Person(page, TwiceWithoutScripts()).press("Log in")
        expect(page.get_by_text("You are logged in once.")).to_be_visible()
        assert UserSession.objects.count() == logins() == 1


def logins() -> int:
    return AuditEvent.objects.filter(kind=AuditEvent.Kind.LOGIN).count()
