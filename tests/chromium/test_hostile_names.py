"""Names that contain markup or control characters are shown as text and break no page."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from killswitches.models import KillSwitch, SwitchFlip
from killswitches.registry import FILE_CREATE
from killswitches.services import one_line
from sessions_api.callers.clients import Client
from sessions_api.models import AuditEvent, UserSession
from tests.admin_paths import BULK_SIGN_OUTS, EVENTS, SESSIONS, SWITCHES, USERS
from tests.api import HOME, Login
from tests.browser import alive, page_of
from tests.chromium.hostile_texts import each
from tests.chromium.lists import expect_message
from tests.chromium.screens import SCREENS, expect_to_fit
from tests.sessions_api.services.bulk_sign_outs import cut_small, make_sessions

OpenDesk = Callable[..., Page]


@pytest.fixture
def login(ann: Any, log_in: Callable[..., Login], text: str) -> Login:
    """Create a session in which all texts from its user and client are hostile."""
    begun = log_in(ann, name=text, client=Client(address=HOME, user_agent=text))
    fields = ("browser", "browser_version", "platform", "os", "os_version", "location", "dialect")
    for field in fields:
        longest = UserSession._meta.get_field(field).max_length
        setattr(begun.session, field, text[:longest])
    begun.session.save()
    AuditEvent.objects.create(
        kind=AuditEvent.Kind.NEW_LOCATION,
        actor=ann,
        actor_name=text,
        subject=ann,
        subject_name=text,
        address=HOME,
        user_agent=text,
        detail={text: text, "location": text},
    )
    return begun


@each
def test_on_pages_of_sessions(open_desk: OpenDesk, staff: Any, login: Login, text: str) -> None:
    page = open_desk(staff, "view_usersession", "delete_usersession", "view_auditevent")
    page.goto(SESSIONS)
    name = page.get_by_role("row").filter(has_text="ann").get_by_role("rowheader")
    assert name.text_content() == text
    name.hover()

    page.goto(page_of(login.session))
    for field in ("name", "user_agent", "location"):
        assert page.locator(f".field-{field} .readonly").text_content() == text

    page.get_by_role("link", name="End this session").click()
    sample = page.get_by_role("region", name="Newest of these sessions")
    assert sample.get_by_role("cell").first.text_content() == text
    page.get_by_label("Reason:").fill(text)
    page.get_by_role("button", name="End 1 session").click()
    expect_message(page, "Ended 1 session.")
    page.goto(f"{EVENTS}?kind__exact=sessions_ended")
    assert one_line(text) in (page.locator("td.field-summary").text_content() or "")
    assert alive(login) == [False]


@each
def test_in_the_reason_of_a_switch(open_desk: OpenDesk, staff: Any, text: str) -> None:
    page = open_desk(staff, "view_killswitch", "change_killswitch", "view_switchflip")
    page.goto(page_of(KillSwitch(number=FILE_CREATE.number)))
    page.get_by_label("Reason:").fill(text)
    page.get_by_role("button", name="Turn on FILE_CREATE").click()
    expect_message(page, "Turned on: FILE_CREATE.")
    reason = one_line(text)
    assert SwitchFlip.objects.get().reason == reason
    # The banner shows the first hundred characters.
    expect(page.get_by_role("alert")).to_contain_text(reason[:90])
    row = page.locator("#switch_FILE_CREATE")
    row.get_by_text(FILE_CREATE.description).click()
    row.get_by_text("Latest changes").click()
    # Of the table of changes, within the row.
    cell = row.get_by_role("table").get_by_role("cell").last
    assert cell.text_content() == reason


@each
@pytest.mark.parametrize("screen", SCREENS)
def test_no_page_is_wider_than_the_screen(
    open_desk: OpenDesk,
    make_user: Callable[..., Any],
    login: Login,
    text: str,
    screen: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    root = make_user("root", is_staff=True, is_superuser=True)
    cut_small(monkeypatch)
    make_sessions(login.user, 9, name=text, user_agent=text, location=text)
    page = open_desk(root, **SCREENS[screen], java_script_enabled=False)
    page.goto(f"{SESSIONS}of/{login.user.pk}/end/")
    expect_to_fit(page)
    page.get_by_label("Reason:").fill(text)
    page.get_by_role("button", name="End 10 sessions").click()
    expect(page.get_by_text("4 of 10")).to_be_visible()
    expect_to_fit(page)
    page.goto(page_of(KillSwitch(number=FILE_CREATE.number)))
    page.get_by_label("Reason:").fill(text)
    page.get_by_role("button", name="Turn on FILE_CREATE").click()
    for path in (
        "/admin/",
        SESSIONS,
        page_of(login.session),
        BULK_SIGN_OUTS,
        EVENTS,
        SWITCHES,
        USERS,
    ):
        page.goto(path)
        expect_to_fit(page)
    for path in (page_of(login.user), page_of(AuditEvent.objects.latest("pk"))):
        page.goto(path)
        expect_to_fit(page)
