"""The columns and pages of sessions in the admin."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone

from sessions_api.callers.clients import Client
from sessions_api.models import UserSession
from sessions_api.scopes import Scope
from tests.admin_paths import SESSIONS
from tests.api import CHROME, Login
from tests.browser import browser_of, expire, page_of

pytestmark = pytest.mark.django_db

LogIn = Callable[..., Login]


def test_rows_show_owner_client_and_kind(desk: Browser, ann: Any, log_in: LogIn) -> None:
    full = log_in(ann, dialect="v5", now=timezone.now() - timedelta(minutes=1))
    log_in(ann, name="CI", permission_flags=Scope.SESSION_READ | Scope.UPLOAD_FILE)
    expire(full)
    UserSession.objects.filter(pk=full.session.pk).update(location="Rome, Italy")

    page = desk.get(SESSIONS, {"state": "all"}).content.decode()

    assert page.index(">CI<") < page.index(">Chrome v87 on Linux<")
    assert f'<a href="/admin/cumulonimbus/user/{ann.pk}/change/">ann</a>' in page
    address = '<span data-copy="Copy 198.51.100.7" dir="auto">198.51.100.7</span>'
    assert f"</svg>\nChrome 87.0.4280.88 on Linux<br>{address}</td>" in page
    assert f"</svg>\nChrome 87.0.4280.88 on Linux<br>{address}<br>Rome, Italy</td>" in page
    assert ">scoped: UPLOAD_<wbr>FILE, SESSION_<wbr>READ</td>" in page
    assert ">full<br>login through v5</td>" in page
    assert '<td class="field-times">active until <time' in page
    assert '<td class="field-times">expired <time' in page


def test_locations_have_the_flag_of_their_country(
    city_database: Path, desk: Browser, ann: Any, log_in: LogIn
) -> None:
    place, flag = "Boxford, England United Kingdom", "\N{REGIONAL INDICATOR SYMBOL LETTER G}"
    flag += "\N{REGIONAL INDICATOR SYMBOL LETTER B}"
    one = UserSession.objects.filter(pk=log_in(ann).session.pk)
    one.update(location=place, address="2.125.160.217")
    shown = f'<br><span aria-hidden="true">{flag}</span> {place}</td>'
    assert shown in desk.get(SESSIONS).content.decode()
    # The database tells nothing of this country.
    one.update(location="Paris, France", address="2a02:ff0::1")
    assert "<br>Paris, France</td>" in desk.get(SESSIONS).content.decode()
    one.update(location="<b>, United Kingdom", address="2.125.160.217")
    assert f"{flag}</span> &lt;b&gt;, United" in desk.get(SESSIONS).content.decode()


def test_times_have_their_zone(desk: Browser, ann: Any, log_in: LogIn) -> None:
    now = timezone.now()
    session = log_in(ann, now=datetime(now.year, 1, 1, 9, 5, 7, tzinfo=UTC)).session
    UserSession.objects.filter(pk=session.pk).update(expires_at=datetime(2099, 12, 31, tzinfo=UTC))
    page = desk.get(SESSIONS).content.decode()
    assert (
        'active until <time datetime="2099-12-31T00:00:00+00:00" dir="auto">'
        "2099-12-31 00:00:00 UTC</time>"
        f'<br>created <time datetime="{now.year}-01-01T09:05:07+00:00" dir="auto">'
        f"{now.year}-01-01 09:05:07 UTC</time><br>never used</td>"
    ) in page


def test_recent_times_are_relative(desk: Browser, ann: Any, log_in: LogIn) -> None:
    now = timezone.now()
    session = log_in(ann, now=now - timedelta(hours=3, minutes=1)).session
    UserSession.objects.filter(pk=session.pk).update(used_at=now - timedelta(minutes=4))
    for path in (SESSIONS, page_of(session)):
        page = desk.get(path).content.decode()
        assert ">3 hours ago</time>" in page
        assert ">4 minutes ago</time>" in page


def test_the_page_shows_everything(staff: Any, ann: Any, log_in: LogIn) -> None:
    session = log_in(ann, dialect="wolfpal", permission_flags=Scope.SESSION_READ).session
    seen = ("view_usersession", "view_auditevent")
    page = browser_of(staff, *seen).get(page_of(session)).content.decode()
    for text in (session.sid, session.address):
        assert f'<span data-copy="Copy {text}" dir="auto">{text}</span>' in page
    for text in (session.name, "wolfpal", "scoped: SESSION_READ", session.user_agent):
        assert f'<div class="readonly">{text}</div>' in page
    for link in (
        f"/admin/cumulonimbus/user/{ann.pk}/change/",
        f"/admin/sessions_api/usersession/?user={ann.pk}&amp;state=all",
        f"/admin/sessions_api/auditevent/?subject={ann.pk}",
    ):
        assert f'<a href="{link}">' in page
        assert browser_of(staff, "view_user", *seen).get(unescape(link)).status_code == 200


def test_the_audit_log_is_linked_only_for_those_who_may_view_it(
    desk: Browser, ann: Any, log_in: LogIn
) -> None:
    page = desk.get(page_of(log_in(ann).session)).content.decode()
    assert f"usersession/?user={ann.pk}&amp;state=all" in page
    assert "auditevent" not in page


@pytest.mark.parametrize("user_agent", ["", "something/1.0", "Googlebot/2.1"])
def test_an_unknown_device_is_not_taken_for_a_computer(
    desk: Browser, log_in: LogIn, ann: Any, user_agent: str
) -> None:
    computer = "m-4-4v4"
    log_in(ann)
    assert computer in desk.get(SESSIONS).content.decode()
    unknown = dict.fromkeys(("browser", "browser_version", "os", "os_version"), "")
    UserSession.objects.update(**unknown, user_agent=user_agent)
    page = desk.get(SESSIONS).content.decode()
    assert computer not in page
    assert re.search(r"</svg>\s*Unknown device", page)


@pytest.mark.parametrize(
    ("user_agent", "sort"),
    [
        (CHROME, "computer"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_2 like Mac OS X) Mobile/15E148", "phone"),
        ("Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) Mobile/15E148", "tablet"),
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "bot"),
        ("something/1.0", "-"),
        ("", "-"),
    ],
)
def test_the_page_shows_the_device_type(
    desk: Browser, ann: Any, log_in: LogIn, user_agent: str, sort: str
) -> None:
    login = log_in(ann, client=Client(address=None, user_agent=user_agent))
    page = desk.get(page_of(login.session)).content.decode()
    assert f'<div class="readonly">{sort}</div>' in page


def test_token_ids_are_neither_shown_nor_searchable(desk: Browser, ann: Any, log_in: LogIn) -> None:
    login = log_in(ann)
    for url in (SESSIONS, page_of(login.session), page_of(login.session, "delete")):
        page = desk.get(url).content.decode()
        assert "Chrome v87 on Linux" in page
        assert login.token not in page
        assert str(login.session.jti) not in page
        assert login.session.jti.hex not in page
    for lookup in ("jti", "jti__startswith", "user__password__startswith", "name__regex"):
        assert desk.get(SESSIONS, {lookup: login.session.jti.hex[:1]}).status_code == 400


def test_hostile_texts_are_escaped(desk: Browser, ann: Any, log_in: LogIn) -> None:
    login = log_in(ann, name="<script>alert(1)</script>")
    UserSession.objects.update(browser="<b>", os="<i>", location="<u>", user_agent="<s>")
    for url in (SESSIONS, page_of(login.session), page_of(login.session, "delete")):
        page = desk.get(url).content.decode()
        assert "&lt;script&gt;alert(1)" in page
        assert not any(tag in page for tag in ("<script>alert", "<b>", "<i>", "<u>", "<s>"))


def test_sessions_cannot_be_added_or_changed(
    make_user: Callable[..., Any], ann: Any, log_in: LogIn
) -> None:
    browser = browser_of(make_user("root", is_staff=True, is_superuser=True))
    login = log_in(ann)
    assert browser.get(SESSIONS + "add/").status_code == 403
    assert browser.post(page_of(login.session), {"name": "mine"}).status_code == 403
    assert UserSession.objects.get().name == login.session.name


def test_staff_without_permission_see_nothing(staff: Any, ann: Any, log_in: LogIn) -> None:
    browser = browser_of(staff)
    login = log_in(ann)
    for url in (SESSIONS, page_of(login.session), page_of(login.session, "delete")):
        assert browser.get(url).status_code == 403
