"""Removing second factors in the admin: one, some, or all of a user."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client as Browser

from sessions_api.models import AuditEvent
from sessions_api.second_factors.models import BackupCode, SecondFactor
from tests.admin_paths import SECOND_FACTORS
from tests.browser import DESK, browser_of, page_of, said, select
from tests.sessions_api.second_factors.totp import App

pytestmark = pytest.mark.django_db

REMOVED = AuditEvent.Kind.FACTORS_REMOVED
NOTHING = "There is no such second factor any more; nothing was changed."

EnrolApp = Callable[..., App]


@pytest.fixture
def hand(staff: Any) -> Browser:
    """The browser of a staff user who may view and remove factors."""
    return browser_of(staff, "view_secondfactor", "delete_secondfactor", "view_user")


@pytest.fixture
def phone(ann: Any, enrol_app: EnrolApp) -> Any:
    """Ann's first factor."""
    return enrol_app(ann, name="phone").factor


@pytest.fixture
def tablet(ann: Any, phone: Any, enrol_app: EnrolApp) -> Any:
    """Ann's second factor."""
    return enrol_app(ann, name="tablet").factor


@pytest.fixture
def bobs(bob: Any, enrol_app: EnrolApp) -> Any:
    """Bob's only factor."""
    return enrol_app(bob, name="bob's").factor


@pytest.fixture
def power(make_user: Any, enrol_app: EnrolApp) -> Any:
    """A superuser's only factor."""
    return enrol_app(make_user("root", is_staff=True, is_superuser=True), name="power").factor


def left() -> set[str]:
    return set(SecondFactor.objects.values_list("name", flat=True))


def all_of(user: Any) -> str:
    """Return the path of the page that removes all factors of a user."""
    return f"{SECOND_FACTORS}of/{user.pk}/remove/"


class TestOne:
    def test_is_removed_after_a_confirmation(
        self, hand: Browser, staff: Any, ann: Any, phone: Any, tablet: Any
    ) -> None:
        remove = page_of(phone, "delete")
        assert remove in hand.get(page_of(phone)).content.decode()
        page = hand.get(remove).content.decode()
        assert "<strong>1 second factor</strong> will be removed" in page
        assert "1 user is affected." in page
        assert "phone (authenticator app) of ann" in page
        assert hand.post(remove).status_code == 200
        assert left() == {"phone", "tablet"}

        page = hand.post(remove, {"confirmed": "yes", "reason": " lost\x00 it "}, follow=True)

        assert left() == {"tablet"}
        assert BackupCode.objects.count() == 10
        assert page.redirect_chain == [(SECOND_FACTORS, 302)]
        assert said(page) == "Removed 1 second factor."
        event = AuditEvent.objects.get(kind=REMOVED)
        assert (event.actor_id, event.subject_id, event.address) == (staff.pk, ann.pk, DESK)
        assert event.detail == {"factors": [phone.pk], "reason": "lost it"}

    def test_the_last_one_is_removed_with_the_backup_codes(
        self, hand: Browser, phone: Any, bobs: Any
    ) -> None:
        hand.post(page_of(phone, "delete"), {"confirmed": "yes", "reason": "x"})
        assert left() == {"bob's"}
        assert set(BackupCode.objects.values_list("user", flat=True)) == {bobs.user_id}

    @pytest.mark.parametrize("data", [{}, {"confirmed": "yes"}])
    def test_which_somebody_else_has_removed(
        self, hand: Browser, phone: Any, data: dict[str, str]
    ) -> None:
        remove = page_of(phone, "delete")
        SecondFactor.objects.all().delete()
        page = hand.post(remove, data, follow=True)
        assert (page.redirect_chain, said(page)) == ([(SECOND_FACTORS, 302)], NOTHING)
        assert not AuditEvent.objects.filter(kind=REMOVED).exists()

    @pytest.mark.parametrize("key", ["rubbish", "9" * 30, "_00", "-1"])
    def test_unknown_keys(self, hand: Browser, phone: Any, key: str) -> None:
        page = hand.post(f"{SECOND_FACTORS}{key}/delete/", {"confirmed": "yes"}, follow=True)
        assert said(page) == NOTHING
        assert left() == {"phone"}

    @pytest.mark.parametrize("reason", ["", " \x00 ", "x" * 501])
    def test_a_reason_is_required(self, hand: Browser, ann: Any, phone: Any, reason: str) -> None:
        given = {"confirmed": "yes", "reason": reason}
        posted = select("delete_selected", phone) | given
        for url, data in (
            (page_of(phone, "delete"), given),
            (all_of(ann), given),
            (SECOND_FACTORS, posted),
        ):
            page = hand.post(url, data)
            assert page.context["form"].errors
            assert "Error: " in page.content.decode()
        assert left() == {"phone"}


class TestSelected:
    def test_after_a_page_that_asks(
        self, hand: Browser, ann: Any, bob: Any, phone: Any, tablet: Any, bobs: Any
    ) -> None:
        page = hand.post(SECOND_FACTORS, select("delete_selected", phone, bobs, index=0))
        assert "<strong>2 second factors</strong> will be removed" in page.content.decode()
        assert "2 users are affected." in page.content.decode()
        assert left() == {"phone", "tablet", "bob's"}

        posted = select("delete_selected", phone, bobs, confirmed="yes", reason="x" * 500)
        page = hand.post(SECOND_FACTORS, posted, follow=True)

        assert said(page) == "Removed 2 second factors."
        assert left() == {"tablet"}
        assert set(BackupCode.objects.values_list("user", flat=True)) == {ann.pk}
        events = AuditEvent.objects.filter(kind=REMOVED)
        assert {event.subject for event in events} == {ann, bob}
        assert {event.detail["reason"] for event in events} == {"x" * 500}

    def test_all_that_match_a_search(
        self, hand: Browser, phone: Any, tablet: Any, bobs: Any
    ) -> None:
        posted = select("delete_selected", phone, select_across=1, confirmed="yes", reason="x")
        hand.post(f"{SECOND_FACTORS}?q=ann", posted)
        assert left() == {"bob's"}

    def test_which_somebody_else_has_removed(self, hand: Browser, phone: Any) -> None:
        posted = select("delete_selected", phone)
        SecondFactor.objects.all().delete()
        for step in ({"index": 0}, {"confirmed": "yes"}):
            assert said(hand.post(SECOND_FACTORS, posted | step, follow=True)) == NOTHING

    def test_only_some_of_many_are_listed(
        self, hand: Browser, ann: Any, enrol_app: EnrolApp
    ) -> None:
        factors = [enrol_app(ann, name=f"phone {number}").factor for number in range(12)]
        page = hand.post(
            SECOND_FACTORS, select("delete_selected", *factors, index=0)
        ).content.decode()
        assert "<strong>12 second factors</strong>" in page
        assert "1 user is affected." in page
        assert page.count("(authenticator app) of ann") == 10
        assert "<li>…</li>" in page


class TestAllOfAUser:
    def test_after_a_page_that_asks(
        self, hand: Browser, ann: Any, phone: Any, tablet: Any, bobs: Any
    ) -> None:
        page = hand.get(all_of(ann)).content.decode()
        assert "<strong>2 second factors</strong>" in page
        page = hand.post(all_of(ann), {"confirmed": "yes", "reason": "lost"}, follow=True)
        assert said(page) == "Removed 2 second factors."
        assert left() == {"bob's"}
        event = AuditEvent.objects.get(kind=REMOVED)
        assert event.detail == {"factors": [tablet.pk, phone.pk], "reason": "lost"}

    def test_leads_back_to_the_user(self, staff: Any, ann: Any, phone: Any) -> None:
        browser = browser_of(staff, "view_user", "delete_secondfactor")
        assert f'href="{all_of(ann)}"' in browser.get(page_of(ann)).content.decode()
        assert f'<a href="{page_of(ann)}" class="closelink">' in (
            browser.get(all_of(ann)).content.decode()
        )
        page = browser.post(all_of(ann), {"confirmed": "yes", "reason": "x"}, follow=True)
        assert page.redirect_chain == [(page_of(ann), 302)]
        assert said(page) == "Removed 1 second factor."
        assert all_of(ann) not in page.content.decode()
        elsewhere = browser_of(staff, "delete_secondfactor").get(all_of(ann), follow=True)
        assert elsewhere.redirect_chain[0] == ("/admin/", 302)

    def test_an_account_without_factors(self, hand: Browser, ann: Any) -> None:
        for data in ({}, {"confirmed": "yes"}):
            assert said(hand.post(all_of(ann), data, follow=True)) == NOTHING

    @pytest.mark.parametrize("key", ["1", "rubbish", "9" * 30, "_00", "1/2"])
    def test_an_unknown_user(self, hand: Browser, key: str) -> None:
        url = f"{SECOND_FACTORS}of/{key}/remove/"
        assert hand.post(url, {"confirmed": "yes"}).status_code == 404


class TestPermissions:
    def test_view_permission_is_not_enough(self, staff: Any, ann: Any, phone: Any) -> None:
        window = browser_of(staff, "view_secondfactor")
        assert b"_selected_action" not in window.get(SECOND_FACTORS).content
        assert b"deletelink" not in window.get(page_of(phone)).content
        for url, data in (
            (page_of(phone, "delete"), {}),
            (SECOND_FACTORS, select("delete_selected", phone)),
            (all_of(ann), {}),
        ):
            assert window.post(url, data | {"confirmed": "yes"}).status_code == 403
        assert left() == {"phone"}

    def test_only_superusers_remove_factors_of_superusers(
        self, hand: Browser, phone: Any, power: Any, make_user: Any
    ) -> None:
        for url in (page_of(power, "delete"), all_of(power.user)):
            assert hand.post(url, {"confirmed": "yes"}).status_code == 403
        page = hand.post(
            SECOND_FACTORS,
            select("delete_selected", phone, power, confirmed="yes", reason="x"),
            follow=True,
        )
        assert said(page) == (
            "Skipped (only superusers can change these): 1 Removed 1 second factor."
        )
        assert left() == {"power"}

        other = browser_of(make_user("other", is_staff=True, is_superuser=True))
        other.post(page_of(power, "delete"), {"confirmed": "yes", "reason": "x"})
        assert left() == set()

    def test_nobody_removes_their_own(self, phone: Any, power: Any) -> None:
        """That requires a password and a second factor, which only the API supports."""
        browser = browser_of(power.user)
        opened = browser.session
        opened["second_factor_shown_by"] = str(power.user.pk)
        opened.save()
        for url in (page_of(power, "delete"), all_of(power.user)):
            assert browser.post(url, {"confirmed": "yes"}).status_code == 403
        posted = select("delete_selected", phone, power, confirmed="yes", reason="x")
        browser.post(SECOND_FACTORS, posted)
        assert left() == {"power"}

    def test_cross_site_requests_are_refused(self, staff: Any, ann: Any, phone: Any) -> None:
        browser = browser_of(staff, "view_secondfactor", "delete_secondfactor")
        browser.handler.enforce_csrf_checks = True
        for url in (page_of(phone, "delete"), all_of(ann)):
            assert browser.post(url, {"confirmed": "yes"}).status_code == 403
        assert left() == {"phone"}


def test_deleting_a_user_deletes_their_factors(make_user: Any, ann: Any, phone: Any) -> None:
    browser = browser_of(make_user("root", is_staff=True, is_superuser=True))
    page = browser.post(page_of(ann, "delete"), {"post": "yes"})
    assert page.status_code == 302
    assert left() == set()
