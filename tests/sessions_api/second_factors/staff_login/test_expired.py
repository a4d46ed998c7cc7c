"""Forms that are posted after the login has expired."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client as Browser
from django.utils import timezone

from killswitches.gate import enabled_mask
from killswitches.registry import FILE_CREATE, GLOBAL
from killswitches.services import set_switch
from sessions_api.models import AuditEvent, UserSession
from sessions_api.testing import frozen_clock
from tests.admin_paths import (
    BULK_SIGN_OUTS,
    EVENTS,
    INDEX,
    LOGIN,
    SECOND_FACTORS,
    SESSIONS,
    SWITCHES,
    USERS,
)
from tests.api import Login
from tests.browser import FIREFOX, browser_of, page_of, said, select
from tests.cast import PASSWORD
from tests.sessions_api.second_factors.staff_login.desk import Desk
from tests.sessions_api.second_factors.totp import App

pytestmark = pytest.mark.django_db

NOTHING = "You were logged out; nothing was changed."
ONLY_READ = "Nothing was changed. If you were logged out, start again from here."

#: The posted paths, and the list that shows the message.
POSTS = [
    (f"{SESSIONS}end/", SESSIONS),
    (f"{SESSIONS}end/confirmed/", SESSIONS),
    (f"{SESSIONS}of/1/end/", SESSIONS),
    (f"{SESSIONS}1/end-others/", SESSIONS),
    (f"{SESSIONS}1/delete/?_changelist_filters=q%3Dann", f"{SESSIONS}?q=ann"),
    (f"{SESSIONS}?q=ann", f"{SESSIONS}?q=ann"),
    (f"{BULK_SIGN_OUTS}1/resume/", BULK_SIGN_OUTS),
    (f"{BULK_SIGN_OUTS}1/cancel/", BULK_SIGN_OUTS),
    (f"{SWITCHES}turn-off/", SWITCHES),
    (f"{SWITCHES}8/change/", SWITCHES),
    (f"{USERS}", USERS),
    (f"{USERS}add/", USERS),
    (f"{USERS}1/change/", USERS),
    (f"{USERS}1/delete/", USERS),
    (f"{USERS}1/password/", USERS),
    (f"{USERS}1/secure/", USERS),
    (f"{SECOND_FACTORS}", SECOND_FACTORS),
    (f"{SECOND_FACTORS}of/1/remove/", SECOND_FACTORS),
    (f"{EVENTS}", EVENTS),
    ("/admin/auth/group/add/", "/admin/auth/group/"),
    ("/admin/password_change/", INDEX),
    ("/admin/nowhere/", INDEX),
]
#: The posted data, which must not appear in any URL afterwards.
POSTED = {"reason": "typed in anger", "post": "yes", "confirmed": "yes", "8": "", "name": "GLOBAL"}


@pytest.fixture
def sam(staff: Any) -> Any:
    """Sam, with all permissions."""
    staff.is_superuser = True
    staff.save()
    return staff


def log_in_again(desk: Desk, page: Any, username: str = "sam") -> Any:
    """Follow the redirect to the login, log in, and follow the redirect after it."""
    assert page.status_code == 302
    assert page["Location"].startswith(f"{LOGIN}?next=")
    assert "anger" not in page["Location"]
    shown = desk.browser.get(page["Location"])
    posted = {"username": username, "password": PASSWORD, "next": shown.context["next"]}
    return desk.browser.post(page["Location"], posted, follow=True)


@pytest.mark.parametrize(("path", "where"), POSTS)
def test_every_post_redirects_to_a_list_with_a_message(
    desk: Desk, sam: Any, me: Login, path: str, where: str
) -> None:
    set_switch(GLOBAL, True)
    page = log_in_again(desk, desk.browser.post(path, POSTED))
    assert page.redirect_chain[-1] == (where, 302)
    assert (page.status_code, said(page)) == (200, NOTHING)
    assert UserSession.objects.count() == 1
    assert enabled_mask() == GLOBAL.bit


def test_through_both_steps_of_a_login(desk: Desk, sam: Any, sams_app: App) -> None:
    page = desk.browser.post(f"{SESSIONS}end/", POSTED)
    desk.path = page["Location"]
    shown = desk.browser.get(desk.path)
    desk.password(next=shown.context["next"])
    page = desk.browser.post(desk.path, {"token": desk.token, "code": sams_app.code()}, follow=True)
    assert (page.redirect_chain[-1], said(page)) == ((SESSIONS, 302), NOTHING)


def test_a_get_request_is_repeated_after_the_login(desk: Desk, sam: Any, me: Login) -> None:
    path = page_of(me.session, "delete")
    shown = desk.browser.get(path, follow=True)
    posted = {"username": "sam", "password": PASSWORD, "next": shown.context["next"]}
    page = desk.browser.post(LOGIN, posted, follow=True)
    assert page.redirect_chain == [(path, 302)]
    assert "<strong>1 session</strong>" in page.content.decode()


def test_another_user_gets_no_confirmation_page(
    desk: Desk, make_user: Any, sam: Any, me: Login
) -> None:
    make_user("tess", is_staff=True)
    page = log_in_again(desk, desk.browser.post(page_of(me.session, "delete"), POSTED), "tess")
    # Tess may not view sessions, so the index shows the message.
    assert (page.redirect_chain[-1], said(page)) == ((INDEX, 302), NOTHING)
    assert UserSession.objects.count() == 1


def test_users_who_are_logged_in_are_not_affected(sam: Any) -> None:
    browser = browser_of(sam)
    page = browser.post(f"{SWITCHES}4/change/", {"reason": "x", "version": "", "name": "no"})
    assert page.status_code == 200
    assert browser.post("/admin/logout/").status_code == 200
    assert Browser().post("/admin/logout/")["Location"] == INDEX


@pytest.mark.parametrize("name", ["resume", "cancel"])
def test_get_requests_of_posted_urls_change_nothing(sam: Any, name: str) -> None:
    """On any admin site, also without ExpiredLoginMixin."""
    browser = browser_of(sam)
    for path, where in (
        (f"{BULK_SIGN_OUTS}1/{name}/", BULK_SIGN_OUTS),
        (f"{SESSIONS}end/confirmed/", SESSIONS),
        (f"{SWITCHES}turn-off/", SWITCHES),
    ):
        page = browser.get(path, follow=True)
        assert (page.redirect_chain, said(page)) == ([(where, 302)], ONLY_READ)


@pytest.mark.parametrize("query", ["of=nobody.knows", "of=", "filters=q"])
def test_forged_urls_do_not_redirect_elsewhere(sam: Any, query: str) -> None:
    page = browser_of(sam).get(f"/admin/logged-out/made-up/?{query}", follow=True)
    assert (page.redirect_chain, said(page)) == ([(INDEX, 302)], "")


def test_following_a_link_there_shows_no_message(desk: Desk, sam: Any) -> None:
    """Neither the link of another user's post nor, a second time, that of one's own."""
    page = desk.browser.post(f"{SESSIONS}end/", POSTED)
    [link] = parse_qs(urlsplit(page["Location"]).query)["next"]
    others = browser_of(sam)
    for cookie in ("", "made-up", "made-up:1:x"):
        others.cookies["admin_logged_out"] = cookie
        read = others.get(link, follow=True)
        assert (read.redirect_chain, said(read)) == ([(SESSIONS, 302)], "")
    assert said(log_in_again(desk, page)) == NOTHING
    again = desk.browser.get(link, follow=True)
    assert (again.redirect_chain, said(again)) == ([(SESSIONS, 302)], "")


def test_the_cookie_is_limited_to_one_page_and_an_hour(desk: Desk, sam: Any, settings: Any) -> None:
    settings.SESSION_COOKIE_SECURE = True
    page = desk.browser.post(f"{SESSIONS}end/", POSTED)
    cookie = page.cookies["admin_logged_out"]
    [link] = parse_qs(urlsplit(page["Location"]).query)["next"]
    assert cookie["path"] == urlsplit(link).path
    assert cookie["httponly"]
    assert cookie["secure"]
    assert (cookie["samesite"], cookie["max-age"]) == ("Lax", 3600)
    desk.browser.force_login(sam)
    with frozen_clock(timezone.now() + timedelta(seconds=3601)):
        assert said(desk.browser.get(link, follow=True)) == ""


def test_a_form_from_before_a_login_gets_a_helpful_page(sam: Any) -> None:
    """Each login rotates the CSRF token."""
    browser = Browser(enforce_csrf_checks=True, HTTP_USER_AGENT=FIREFOX)
    browser.force_login(sam)
    page = browser.get(f"{SWITCHES}{FILE_CREATE.number}/change/")
    posted = {"csrfmiddlewaretoken": "x" * 64, "reason": "x", "version": ""}
    refused = browser.post(page.request["PATH_INFO"], posted)
    text = refused.content.decode()
    assert refused.status_code == 403
    assert "Nothing was changed." in text
    assert "<title>This page was out of date | Cumulonimbus administration</title>" in text
    assert '<a href="/admin/">Cumulonimbus administration</a>' in text
    assert f'href="{SWITCHES}{FILE_CREATE.number}/change/"' in text
    assert enabled_mask() == 0


def test_selections_of_a_list_are_lost(desk: Desk, sam: Any, me: Login) -> None:
    page = desk.browser.post(SESSIONS, select("delete_selected", me.session))
    assert str(me.session.pk) not in page["Location"]
    assert said(log_in_again(desk, page)) == NOTHING
    assert not AuditEvent.objects.filter(kind="sessions_ended").exists()
