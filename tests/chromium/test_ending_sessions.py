"""Ending sessions in the admin: the confirmation page, and its effect on clients of the API."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from sessions_api.models import AuditEvent
from sessions_api.scopes import Scope
from tests.admin_paths import SESSIONS
from tests.api import Login
from tests.browser import alive, page_of
from tests.chromium.hands import Hands
from tests.chromium.lists import expect_message, filter_by, row, rows, take_action

OpenDesk = Callable[..., Page]
LogIn = Callable[..., Login]

MAY = ("view_usersession", "delete_usersession")


def give_reason(page: Page, hands: Hands, button: str) -> None:
    """Submit the confirmation without a reason, which the page requires, and then with one."""
    hands.press(page.get_by_role("button", name=button))
    expect(page.get_by_label("Reason:")).to_be_focused()
    hands.write(page.get_by_label("Reason:"), "Lost phone")
    hands.press(page.get_by_role("button", name=button))


def expect_question(page: Page, found: str) -> None:
    """Check that the page says how many sessions would end, and shows the newest."""
    expect(page.get_by_role("main").locator("strong").first).to_have_text(found)
    expect(page.get_by_role("region", name="Newest of these sessions")).to_contain_text("ann")


def test_end_one_session(
    open_desk: OpenDesk, staff: Any, hands: Hands, me: Login, other: Login
) -> None:
    page = open_desk(staff, *MAY)
    page.goto("/admin/")
    hands.press(page.get_by_role("link", name="Find a session"))
    hands.press(page.get_by_role("link", name="Other"))
    hands.press(page.get_by_role("link", name="End this session"))
    expect_question(page, "1 session")
    give_reason(page, hands, "End 1 session")

    expect_message(page, "Ended 1 session.")
    expect(page.get_by_role("link", name="Other")).to_have_count(0)
    assert alive(me, other) == [True, False]
    event = AuditEvent.objects.get(kind=AuditEvent.Kind.SESSIONS_ENDED)
    assert (event.actor_name, event.detail["reason"]) == ("sam", "Lost phone")


def test_end_selected_sessions(
    open_desk: OpenDesk, staff: Any, hands: Hands, me: Login, other: Login, bobs: Login
) -> None:
    page = open_desk(staff, *MAY)
    page.goto(SESSIONS)
    take_action(page, hands, ["Other", "bob"], "End selected sessions")
    expect_question(page, "2 sessions")
    assert alive(me, other, bobs) == [True, True, True]
    give_reason(page, hands, "End 2 sessions")
    expect_message(page, "Ended 2 sessions.")
    assert alive(me, other, bobs) == [True, False, False]


def test_end_all_matching_sessions(
    open_desk: OpenDesk, staff: Any, hands: Hands, me: Login, ann: Any, bob: Any, log_in: LogIn
) -> None:
    flags = int(Scope.SESSION_READ)
    scoped = [log_in(user, permission_flags=flags) for user in (ann, ann, bob)]
    page = open_desk(staff, *MAY)
    page.goto(SESSIONS)
    filter_by(page, hands, "kind", "Scoped")
    hands.press(page.get_by_role("link", name="End all matching sessions…"))
    expect_question(page, "3 sessions")
    expect(page.get_by_text("kind “scoped”")).to_be_visible()
    give_reason(page, hands, "End 3 sessions")
    expect_message(page, "Ended 3 sessions.")
    expect(rows(page)).to_have_count(0)
    assert alive(me, *scoped) == [True, False, False, False]


def test_ending_everybodys_sessions_requires_typing_a_word(
    open_desk: OpenDesk, staff: Any, hands: Hands, me: Login, bobs: Login
) -> None:
    page = open_desk(staff, *MAY)
    page.goto(SESSIONS)
    hands.press(page.get_by_role("link", name="End everybody's sessions…"))
    hands.write(page.get_by_label("Reason:"), "Leak")
    hands.write(page.get_by_label("Type “everybody”"), "somebody")
    hands.press(page.get_by_role("button", name="End 2 sessions"))
    expect(page.get_by_text("Please correct the errors below.")).to_be_visible()
    assert alive(me, bobs) == [True, True]
    page.get_by_label("Type “everybody”").clear()
    hands.write(page.get_by_label("Type “everybody”"), "everybody")
    hands.press(page.get_by_role("button", name="End 2 sessions"))
    expect_message(page, "Ended 2 sessions.")
    assert alive(me, bobs) == [False, False]


def test_end_all_sessions_of_a_user(
    open_desk: OpenDesk, staff: Any, hands: Hands, me: Login, other: Login, bobs: Login
) -> None:
    page = open_desk(staff, *MAY, "view_user")
    page.goto(page_of(me.user))
    hands.press(page.get_by_role("link", name="End all sessions"))
    expect_question(page, "2 sessions")
    give_reason(page, hands, "End 2 sessions")
    expect_message(page, "Ended 2 sessions.")
    assert alive(me, other, bobs) == [False, False, True]


def test_end_all_other_sessions_of_a_user(
    open_desk: OpenDesk, staff: Any, hands: Hands, me: Login, other: Login, bobs: Login
) -> None:
    page = open_desk(staff, *MAY)
    page.goto(page_of(other.session))
    hands.press(page.get_by_role("link", name="End this user's other sessions"))
    expect_question(page, "1 session")
    give_reason(page, hands, "End 1 session")
    expect_message(page, "Ended 1 session.")
    assert alive(me, other, bobs) == [False, True, True]


def test_end_all_other_sessions_of_the_owners(
    open_desk: OpenDesk, staff: Any, hands: Hands, me: Login, other: Login, bobs: Login
) -> None:
    page = open_desk(staff, *MAY)
    page.goto(SESSIONS)
    take_action(page, hands, ["Other"], "End all other sessions of their users")
    expect_question(page, "1 session")
    give_reason(page, hands, "End 1 session")
    expect_message(page, "Ended 1 session.")
    assert alive(me, other, bobs) == [False, True, True]


def test_cancel_on_the_confirmation_page(
    open_desk: OpenDesk, staff: Any, hands: Hands, me: Login
) -> None:
    page = open_desk(staff, *MAY)
    page.goto(SESSIONS)
    take_action(page, hands, ["ann"], "End selected sessions")
    hands.press(page.get_by_role("link", name="Cancel"))
    expect(row(page, "ann")).to_be_visible()
    assert alive(me) == [True]
