"""Sessions that have ended: from the list to how each ended, also by keyboard and in Arabic."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from sessions_api.models import UserSession
from sessions_api.services.audit import Actor
from sessions_api.services.sessions import end_sessions
from tests.admin_paths import SESSIONS
from tests.api import Login
from tests.browser import page_of
from tests.chromium.axe import faults_in_both_schemes
from tests.chromium.hands import Hands
from tests.chromium.lists import row, rows

OpenDesk = Callable[..., Page]

REASON = "Left in a taxi"


@pytest.mark.parametrize("language", ["en", "ar"])
def test_from_the_list_to_how_a_session_ended(
    open_desk: OpenDesk,
    staff: Any,
    root: Any,
    hands: Hands,
    me: Login,
    bobs: Login,
    language: str,
) -> None:
    end_sessions(
        UserSession.objects.filter(pk=me.session.pk), actor=Actor(user=root), reason=REASON
    )
    page = open_desk(staff, "view_usersession", "view_user", locale=language)
    page.goto(SESSIONS)
    expect(rows(page)).to_have_count(1)
    filters = page.locator("#changelist-filter")
    hands.press(filters.locator('a[href$="state=ended"]'))
    expect(rows(page)).to_have_count(1)
    expect(row(page, "ann")).to_contain_text(REASON)
    assert faults_in_both_schemes(page) == set()
    hands.press(row(page, "ann").locator("th a"))
    expect(page).to_have_url(re.compile(re.escape(page_of(me.session))))
    expect(page.locator(".field-why .readonly")).to_have_text(REASON)
    expect(page.locator(".field-ended_by .readonly")).to_have_text("root")
    assert page.evaluate("document.dir") == ("rtl" if language == "ar" else "ltr")
    assert faults_in_both_schemes(page) == set()
