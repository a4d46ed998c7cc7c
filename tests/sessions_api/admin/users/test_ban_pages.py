"""The pages that ban and unban one account, and the way back."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client as Browser

from sessions_api.models import AuditEvent, Ban, UserSession
from sessions_api.services.audit import UNNAMED
from sessions_api.services.bans import ban_of, set_banned
from tests.admin_paths import USERS
from tests.api import Login
from tests.browser import DESK, FIREFOX, alive, browser_of, page_of, said, select, state_on
from tests.held_up import BeforeTheLock

pytestmark = pytest.mark.django_db

Kind = AuditEvent.Kind
LogIn = Callable[..., Login]


@pytest.fixture
def hand(staff: Any) -> Browser:
    """The browser of a staff user who may ban users, end sessions, and view the audit log."""
    permissions = ("view_user", "change_user", "delete_usersession", "view_auditevent")
    return browser_of(staff, *permissions)


def kinds() -> list[str]:
    """Return the kinds of the audit events of staff, oldest first."""
    events = AuditEvent.objects.filter(actor_name="sam").order_by("pk")
    return list(events.values_list("kind", flat=True))


class TestBanning:
    def test_for_a_reason(self, hand: Browser, staff: Any, ann: Any, log_in: LogIn) -> None:
        login = log_in(ann)
        assert f'href="{page_of(ann, "ban")}"' in hand.get(page_of(ann)).content.decode()
        asked = hand.get(page_of(ann, "ban")).content.decode()
        assert "<strong>ann</strong> will be banned at once" in asked
        assert f'<a href="{page_of(ann)}" class="closelink">' in asked

        page = hand.post(page_of(ann, "ban"), {"reason": " Sends\tspam "}, follow=True)

        assert page.redirect_chain == [(page_of(ann), 302)]
        assert said(page) == f'Banned ann. <a href="{page_of(ann, "unban")}">Undo</a>'
        assert state_on(page)["State"].endswith("Reason: Sends spam")
        assert page_of(ann, "ban") not in page.content.decode()
        kept = Ban.objects.get()
        assert (kept.user_id, kept.actor_id, kept.reason) == (ann.pk, staff.pk, "Sends spam")
        event = AuditEvent.objects.get(kind=Kind.BANNED)
        assert (event.actor_id, event.subject_id) == (staff.pk, ann.pk)
        assert (event.address, event.user_agent) == (DESK, FIREFOX)
        assert login.api("GET", "/users/me/sessions/me").status_code == 403
        assert UserSession.objects.filter(user=ann).exists()

    def test_ends_all_sessions_on_request(
        self, hand: Browser, ann: Any, bob: Any, log_in: LogIn
    ) -> None:
        logins = [log_in(ann), log_in(ann), log_in(bob)]
        posted = {"reason": "spam", "end_sessions": "on"}
        page = hand.post(page_of(ann, "ban"), posted, follow=True)
        assert said(page).startswith("Banned ann. Ended 2 sessions. ")
        assert kinds() == ["banned", "sessions_ended"]
        assert {one.detail["reason"] for one in AuditEvent.objects.filter(actor_name="sam")} == {
            "spam"
        }
        hand.post(page_of(ann, "unban"), {"reason": "sorry"})
        assert alive(*logins) == [False, False, True]

    @pytest.mark.parametrize("reason", ["", "  ", "x" * 501])
    @pytest.mark.parametrize("deed", ["ban", "unban"])
    def test_requires_a_reason(
        self, hand: Browser, ann: Any, carol: Any, reason: str, deed: str
    ) -> None:
        user = ann if deed == "ban" else carol
        page = hand.post(page_of(user, deed), {"reason": reason, "end_sessions": "on"})
        assert page.status_code == 200
        assert page.context["form"].errors
        assert kinds() == []

    def test_without_the_permission_to_end_sessions(
        self, staff: Any, ann: Any, log_in: LogIn
    ) -> None:
        login = log_in(ann)
        browser = browser_of(staff, "change_user")
        assert "end_sessions" not in browser.get(page_of(ann, "ban")).context["form"].fields
        browser.post(page_of(ann, "ban"), {"reason": "x", "end_sessions": "on"})
        browser.post(page_of(ann, "unban"), {"reason": "x"})
        assert alive(login) == [True]

    def test_twice(self, hand: Browser, ann: Any) -> None:
        posted = {"reason": "x", "end_sessions": "on"}
        for _ in range(2):
            page = hand.post(page_of(ann, "ban"), posted, follow=True)
        assert said(page).endswith("ann is banned already. Nothing was changed.")
        assert kinds() == ["banned"]

    def test_of_somebody_who_is_banned_meanwhile(
        self, hand: Browser, ann: Any, before_the_lock: BeforeTheLock
    ) -> None:
        before_the_lock(lambda: set_banned(ann, True, actor=UNNAMED, reason="first"))
        page = hand.post(page_of(ann, "ban"), {"reason": "x"}, follow=True)
        assert said(page) == "ann is banned already. Nothing was changed."
        assert state_on(page)["State"].endswith("Reason: first")

    def test_of_one_or_several_in_the_list(self, hand: Browser, ann: Any, bob: Any) -> None:
        one = hand.post(USERS, select("ban", ann, index=0)).content.decode()
        assert "<strong>1 user</strong> will be banned at once: nobody can use the account" in one
        two = hand.post(USERS, select("ban", ann, bob, index=0)).content.decode()
        assert "<strong>2 users</strong> will be banned at once: nobody can use their" in two


class TestUnbanning:
    def test_of_one_or_several_in_the_list(self, hand: Browser, carol: Any, ann: Any) -> None:
        one = hand.post(USERS, select("lift_ban", carol, index=0)).content.decode()
        assert "<strong>1 user</strong> can use the account again at once, if it is" in one
        two = hand.post(USERS, select("lift_ban", carol, ann, index=0)).content.decode()
        assert "<strong>2 users</strong> can use their accounts again at once, if they" in two

    def test_for_a_reason(self, hand: Browser, carol: Any) -> None:
        assert f'href="{page_of(carol, "unban")}"' in hand.get(page_of(carol)).content.decode()
        assert "end_sessions" not in hand.get(page_of(carol, "unban")).context["form"].fields
        page = hand.post(page_of(carol, "unban"), {"reason": "a mistake"}, follow=True)
        assert said(page) == f'Unbanned carol. <a href="{page_of(carol, "ban")}">Undo</a>'
        assert state_on(page)["State"] == "active"
        assert ban_of(carol) is None
        event = AuditEvent.objects.get(kind=Kind.UNBANNED)
        assert event.detail == {"reason": "a mistake"}

    def test_of_an_account_that_is_active(self, hand: Browser, ann: Any) -> None:
        for answer in (hand.get, hand.post):
            page = answer(page_of(ann, "unban"), {"reason": "x"}, follow=True)
            assert said(page) == "ann is not banned. Nothing was changed."
        assert kinds() == []


class TestPermissions:
    @pytest.mark.parametrize("deed", ["ban", "unban"])
    def test_viewing_is_not_enough(self, staff: Any, ann: Any, carol: Any, deed: str) -> None:
        user = ann if deed == "ban" else carol
        browser = browser_of(staff, "view_user", "delete_usersession")
        assert page_of(user, deed) not in browser.get(page_of(user)).content.decode()
        for answer in (browser.get, browser.post):
            assert answer(page_of(user, deed), {"reason": "x"}).status_code == 403
        assert kinds() == []

    def test_nobody_bans_superusers_or_themselves(
        self, hand: Browser, staff: Any, make_user: Any, roots_desk: Browser, root: Any
    ) -> None:
        colleague = make_user("kim", is_staff=True)
        for browser, user, status in (
            (hand, root, 403),
            (hand, staff, 403),
            (roots_desk, root, 403),
            (hand, colleague, 302),
        ):
            assert browser.post(page_of(user, "ban"), {"reason": "x"}).status_code == status
        assert page_of(staff, "ban") not in hand.get(page_of(staff)).content.decode()
        assert [ban.user_id for ban in Ban.objects.all()] == [colleague.pk]

    def test_cross_site_requests_are_refused(self, hand: Browser, ann: Any) -> None:
        hand.handler.enforce_csrf_checks = True
        assert hand.post(page_of(ann, "ban"), {"reason": "x"}).status_code == 403
        assert not Ban.objects.exists()

    def test_an_account_that_is_gone(self, hand: Browser, ann: Any) -> None:
        path = page_of(ann, "ban")
        ann.delete()
        page = hand.post(path, {"reason": "x"}, follow=True)
        assert said(page) == "This account no longer exists."
        for key in ("rubbish", "9" * 30, "_00", "1/2"):
            assert hand.get(f"/admin/cumulonimbus/user/{key}/ban/").status_code == 302


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "\u202eevil", "x" * 500])
def test_hostile_texts_are_escaped(hand: Browser, ann: Any, text: str) -> None:
    page = hand.post(page_of(ann, "ban"), {"reason": text}, follow=True).content.decode()
    assert "<script>alert" not in page
    assert "Undo</a>" in page
