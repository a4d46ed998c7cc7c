"""Accounts in the admin: bans, and securing a hijacked account."""

import re
from collections.abc import Callable
from typing import Any

from django.core import mail
from playwright.sync_api import Page, expect

from sessions_api.models import AuditEvent, Ban
from sessions_api.scopes import Scope
from tests.admin_paths import USERS
from tests.api import HOME, OWN_SESSIONS, Api, Login
from tests.browser import alive, page_of
from tests.cast import PASSWORD
from tests.chromium.axe import faults_in_both_schemes
from tests.chromium.hands import Hands
from tests.chromium.lists import expect_message, take_action

OpenDesk = Callable[..., Page]
LogIn = Callable[..., Login]

MAY_SECURE = ("view_user", "change_user", "view_usersession", "delete_usersession")
NEW_PASSWORD = "a horse of another colour"
LINK = re.compile(r"http://\S+/account/password/\S+/")


def test_ban_a_user(open_desk: OpenDesk, staff: Any, hands: Hands, me: Login, bobs: Login) -> None:
    page = open_desk(staff, "view_user", "change_user", "view_auditevent")
    page.goto(USERS)
    take_action(page, hands, ["ann"], "Ban selected users")
    expect(page.get_by_text("1 user will be banned at once")).to_be_visible()
    hands.press(page.get_by_role("button", name="Ban", exact=True))
    expect(page.get_by_label("Reason:")).to_be_focused()
    assert alive(me) == [True]
    assert faults_in_both_schemes(page) == set()
    hands.write(page.get_by_label("Reason:"), "Sends spam")
    hands.press(page.get_by_role("button", name="Ban", exact=True))
    expect_message(page, "Banned 1 user: ann")
    answer = me.api("GET", f"{OWN_SESSIONS}/me")
    assert (answer.status_code, answer.json()["code"]) == (403, "BANNED_ERROR")
    assert alive(bobs) == [True]

    hands.press(page.get_by_role("link", name="ann", exact=True))
    state = page.get_by_role("region", name="State of the account")
    expect(state.get_by_text("by sam. Reason: Sends spam")).to_be_visible()
    # The form shows it, and the state above leads to where it changes.
    expect(page.get_by_label("Active")).to_have_count(0)
    expect(page.locator(".field-is_active .readonly img")).to_have_attribute("alt", "False")
    kept = Ban.objects.get()
    assert (kept.user_id, kept.reason, kept.actor_name) == (me.user.pk, "Sends spam", "sam")
    hands.press(state.get_by_role("link", name="Unban…"))
    hands.press(page.get_by_role("button", name="Unban"))
    expect(page.get_by_label("Reason:")).to_be_focused()
    assert faults_in_both_schemes(page) == set()
    hands.write(page.get_by_label("Reason:"), "A mistake")
    hands.press(page.get_by_role("button", name="Unban"))
    expect_message(page, "Unbanned ann. Undo")
    assert alive(me) == [True]


def test_ban_on_the_page_of_a_user_and_undo_it(
    open_desk: OpenDesk, staff: Any, hands: Hands, me: Login, bobs: Login
) -> None:
    page = open_desk(staff, "view_user", "change_user", "delete_usersession", "view_auditevent")
    page.goto(page_of(me.user))
    hands.press(page.get_by_role("link", name="Ban…"))
    expect(page.get_by_text("ann will be banned at once")).to_be_visible()
    hands.press(page.get_by_role("button", name="Ban", exact=True))
    expect(page.get_by_label("Reason:")).to_be_focused()
    assert faults_in_both_schemes(page) == set()
    hands.write(page.get_by_label("Reason:"), "Sends spam")
    hands.tick(page.get_by_label("End all sessions"))
    hands.press(page.get_by_role("button", name="Ban", exact=True))
    expect_message(page, "Banned ann. Ended 1 session. Undo")
    state = page.get_by_role("region", name="State of the account")
    expect(state.get_by_text("by sam. Reason: Sends spam")).to_be_visible()
    assert alive(me, bobs) == [False, True]
    assert faults_in_both_schemes(page) == set()

    hands.press(page.locator(".messagelist").get_by_role("link", name="Undo"))
    hands.write(page.get_by_label("Reason:"), "The wrong ann")
    hands.press(page.get_by_role("button", name="Unban"))
    expect_message(page, "Unbanned ann. Undo")
    expect(state.get_by_text("active", exact=True)).to_be_visible()


def test_reset_login_limits(
    open_desk: OpenDesk, staff: Any, hands: Hands, me: Login, api: Api
) -> None:
    api("POST", "/login", {"username": "ann", "password": "a guess"})
    page = open_desk(staff, "view_user", "change_user", "view_auditevent")
    page.goto(page_of(me.user))
    hands.press(page.get_by_role("link", name="Reset login limits"))
    expect(page.get_by_label(f"{HOME}: 2 logins")).not_to_be_checked()
    assert faults_in_both_schemes(page) == set()
    hands.write(page.get_by_label("Reason:"), "Forgot her password")
    hands.tick(page.get_by_label(f"{HOME}: 2 logins"))
    hands.press(page.get_by_role("button", name="Reset login limits"))
    expect_message(page, "Reset the login limits of ann.")


def test_secure_a_hijacked_account(
    open_desk: OpenDesk, staff: Any, hands: Hands, me: Login, bobs: Login, log_in: LogIn
) -> None:
    scoped = log_in(me.user, name="A script", permission_flags=int(Scope.SESSION_READ))
    page = open_desk(staff, *MAY_SECURE, "view_auditevent")
    page.goto(USERS)
    hands.press(page.get_by_role("link", name="ann", exact=True))
    state = page.get_by_role("region", name="State of the account")
    expect(state.get_by_text("1 active, 1 API token")).to_be_visible()
    tokens = page.get_by_role("region", name="API tokens")
    expect(tokens.get_by_role("link", name="A script")).to_be_visible()
    history = page.get_by_role("region", name="Security history")
    expect(history.get_by_role("row").filter(has_text="Logged in")).to_have_count(2)

    hands.press(page.get_by_role("link", name="Secure a hijacked account"))
    expect(
        page.get_by_text("2 sessions will end. This includes scoped sessions: 1.")
    ).to_be_visible()
    hands.press(page.get_by_role("button", name="Secure the account"))
    expect(page.get_by_label("Reason:")).to_be_focused()
    assert alive(me, scoped) == [True, True]

    hands.write(page.get_by_label("Reason:"), "Phished")
    hands.tick(page.get_by_label("Ban the account"))
    hands.press(page.get_by_role("button", name="Secure the account"))
    expect_message(
        page,
        "Secured the account of ann: password revoked, 2 sessions ended. Banned the account.",
    )
    assert alive(me, scoped, bobs) == [False, False, True]
    expect(history.get_by_role("row").filter(has_text="Phished").first).to_be_visible()
    event = AuditEvent.objects.get(kind=AuditEvent.Kind.ACCOUNT_SECURED)
    assert (event.actor_name, event.subject_name) == ("sam", "ann")


def test_the_owner_sets_a_new_password_with_a_mailed_link(
    open_desk: OpenDesk,
    open_page: Callable[..., Page],
    staff: Any,
    hands: Hands,
    me: Login,
    api: Api,
) -> None:
    page = open_desk(staff, *MAY_SECURE)
    page.goto(page_of(me.user, "secure"))
    hands.write(page.get_by_label("Reason:"), "Phished")
    hands.choose(
        page.get_by_label("Password:"), "Email a link for choosing a new one to ann@example.com"
    )
    hands.press(page.get_by_role("button", name="Secure the account"))
    expect(page.locator(".messagelist")).to_contain_text("Secured the account of ann")
    credentials = {"username": "ann", "password": PASSWORD}
    assert api("POST", "/login", credentials).status_code == 401

    [letter] = mail.outbox
    found = LINK.search(str(letter.body))
    assert found
    home = open_page()
    home.goto(found.group())
    hands.write(home.get_by_label("New password:"), NEW_PASSWORD)
    hands.write(home.get_by_label("Confirm password:"), NEW_PASSWORD)
    hands.press(home.get_by_role("button", name="Change my password"))
    expect(home.get_by_text("Your password has been set.")).to_be_visible()
    answer = api("POST", "/login", credentials | {"password": NEW_PASSWORD})
    assert answer.status_code == 201
