"""Support's exercise: "I was logged out of my laptop this morning." By the console alone."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.utils import timezone
from playwright.sync_api import Page, expect

from killswitches.times import plain_time
from sessions_api.callers.clients import Client
from sessions_api.models import PastSession, UserSession
from sessions_api.services.audit import Actor
from sessions_api.services.sessions import end_sessions
from tests.admin_paths import INDEX
from tests.api import Login
from tests.browser import FIREFOX
from tests.chromium.hands import CountingHands

OpenDesk = Callable[..., Page]
LogIn = Callable[..., Login]

#: The maximum number of clicks and keys, besides typing.
MOST = 8
MAY = ("view_user", "view_usersession", "view_auditevent")


def test_who_ended_the_session_when_why_and_on_which_device(
    open_desk: OpenDesk, staff: Any, make_user: Any, me: Login, bobs: Login, log_in: LogIn
) -> None:
    laptop = log_in(me.user, name="My laptop", client=Client("203.0.113.9", FIREFOX))
    log_in(make_user("annabel"), name="Another laptop")
    colleague = make_user("kim", is_staff=True, is_superuser=True)
    sessions = UserSession.objects.filter(pk=laptop.session.pk)
    end_sessions(sessions, actor=Actor(user=colleague), owner=me.user, reason="Reported as stolen")
    morning = timezone.now() - timedelta(hours=3)
    PastSession.objects.update(ended_at=morning)

    hands, page = CountingHands(), open_desk(staff, *MAY)
    page.goto(INDEX)
    box = page.get_by_role("main").get_by_role("searchbox")
    hands.click(box)
    box.press_sequentially("ann")
    hands.key(box, "Enter")
    hands.click(page.get_by_role("main").get_by_role("link", name="ann", exact=True))

    ended = page.get_by_role("region", name="Ended sessions")
    expect(ended.get_by_role("row")).to_have_count(2)
    row = ended.get_by_role("row").filter(has_text="My laptop")
    for text in ("3 hours ago", "kim", "Reported as stolen", "Firefox 140.0", "203.0.113.9"):
        expect(row).to_contain_text(text)

    hands.click(row.get_by_role("link", name="My laptop"))
    details = page.get_by_role("main")
    for text in ("kim", "Reported as stolen", "Firefox 140.0", "203.0.113.9"):
        expect(details).to_contain_text(text)
    expect(details.locator(f'time[title="{plain_time(morning)}"]')).to_be_visible()
    assert hands.count <= MOST
