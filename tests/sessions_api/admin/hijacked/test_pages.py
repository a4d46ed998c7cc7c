"""Securing a hijacked account in the admin, completely or not at all."""

import logging
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.tokens import default_token_generator
from django.core import mail
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from sessions_api.exceptions import Overloaded
from sessions_api.models import AuditEvent, UserSession
from sessions_api.scopes import Scope
from sessions_api.second_factors.models import BackupCode, SecondFactor
from sessions_api.services import securing
from tests.api import Api, Login
from tests.audit_outage import no_room_for_events
from tests.browser import DESK, FIREFOX, alive, browser_of, expire, page_of, said
from tests.cast import PASSWORD
from tests.held_up import BeforeTheLock
from tests.mailers import DUMMY, send_with
from tests.sessions_api.second_factors.challenges import by_code, challenge
from tests.sessions_api.second_factors.totp import App

pytestmark = pytest.mark.django_db

Kind = AuditEvent.Kind
LogIn = Callable[..., Login]
EnrolApp = Callable[..., App]
MAY = ("view_user", "change_user", "delete_usersession")
ANNS = "ann@example.com"
FACTORS = ("view_secondfactor", "delete_secondfactor")
LINK = re.compile(r"http://\S+/account/password/\S+/")


@pytest.fixture
def hand(staff: Any) -> Browser:
    """The browser of a staff user who may secure accounts and remove second factors."""
    return browser_of(staff, *MAY, *FACTORS)


def secure_page(user: Any) -> str:
    return page_of(user, "secure")


def form(browser: Browser, user: Any, **fields: Any) -> dict[str, Any]:
    """Return the data that the page would post."""
    page = browser.get(secure_page(user))
    defaults = {"reason": "phished", "password": "unusable", "mark": page.context["mark"]}
    return defaults | fields


def secure(browser: Browser, user: Any, **fields: Any) -> Any:
    """Open the page, fill in the form and submit it."""
    return browser.post(secure_page(user), form(browser, user, **fields), follow=True)


def recorded() -> list[dict[str, Any]]:
    """Return the audit events of secured accounts."""
    events = AuditEvent.objects.filter(kind=Kind.ACCOUNT_SECURED).order_by("pk")
    return [event.detail for event in events]


class TestThePage:
    def test_is_linked_from_the_users_page(self, hand: Browser, ann: Any) -> None:
        assert f'href="{secure_page(ann)}"' in hand.get(page_of(ann)).content.decode()
        page = hand.get(secure_page(ann)).content.decode()
        assert f'<a href="{page_of(ann)}" class="closelink">Cancel</a>' in page

    def test_says_what_will_happen(
        self, hand: Browser, ann: Any, bob: Any, log_in: LogIn, enrol_app: EnrolApp
    ) -> None:
        page = hand.get(secure_page(ann)).content.decode()
        assert "<strong>0 sessions</strong> will end. This includes scoped sessions: 0." in page
        assert "It has no second factors." in page
        assert "remove_factors" not in page

        log_in(ann), log_in(ann, permission_flags=Scope.ALL), log_in(bob), expire(log_in(ann))
        enrol_app(ann)
        page = hand.get(secure_page(ann)).content.decode()
        assert "<strong>2 sessions</strong> will end. This includes scoped sessions: 1." in page
        assert (
            "<strong>second factors</strong>. They stay unless you choose to remove them below"
            in page
        )
        assert "remove_factors" in page

    def test_fields_have_labels_and_no_script_is_needed(
        self, hand: Browser, ann: Any, enrol_app: EnrolApp
    ) -> None:
        enrol_app(ann)
        page = hand.get(secure_page(ann)).content.decode()
        for name in ("reason", "password", "remove_factors", "ban"):
            assert f'id="id_{name}"' in page
            assert re.search(f'<label [^>]*for="id_{name}"', page)
        assert not re.search(r"\son\w+=", page)

    def test_of_a_banned_account_offers_no_ban(self, hand: Browser, carol: Any) -> None:
        page = hand.get(secure_page(carol))
        assert "ban" not in page.context["form"].fields
        assert "<strong>carol</strong>, which is banned" in page.content.decode()
        secure(hand, carol, ban="on")
        carol.refresh_from_db()
        assert not carol.is_active
        assert not carol.has_usable_password()
        assert not AuditEvent.objects.filter(kind__in=[Kind.BANNED, Kind.UNBANNED]).exists()


class TestSecuring:
    def test_ends_every_session_and_revokes_the_password(
        self, hand: Browser, staff: Any, ann: Any, bob: Any, log_in: LogIn
    ) -> None:
        logins = [log_in(ann), log_in(ann, permission_flags=Scope.ALL), log_in(bob)]
        page = secure(hand, ann, reason="  phished\t by  mail ")

        assert alive(*logins) == [False, False, True]
        ann.refresh_from_db()
        assert not ann.has_usable_password()
        assert ann.is_active
        assert page.redirect_chain == [(page_of(ann), 302)]
        assert said(page) == "Secured the account of ann: password revoked, 2 sessions ended."
        event = AuditEvent.objects.get(kind=Kind.ACCOUNT_SECURED)
        assert (event.actor_id, event.actor_name, event.subject_id) == (staff.pk, "sam", ann.pk)
        assert (event.address, event.user_agent) == (DESK, FIREFOX)
        assert event.detail == {
            "reason": "phished by mail",
            "sessions": 2,
            "password": "unusable",
            "factors": 0,
            "banned": False,
        }
        ended = AuditEvent.objects.get(kind=Kind.SESSIONS_ENDED)
        assert ended.detail["reason"] == "phished by mail"

    def test_ends_logins_to_this_site(self, hand: Browser, make_user: Any) -> None:
        colleague = make_user("kim", is_staff=True)
        desk = browser_of(colleague)
        assert desk.get("/admin/").status_code == 200
        secure(hand, colleague)
        assert desk.get("/admin/").status_code == 302

    def test_invalidates_earlier_challenges_and_links(
        self, hand: Browser, api: Api, ann: Any, enrol_app: EnrolApp
    ) -> None:
        app = enrol_app(ann)
        asked = challenge(api)
        link = default_token_generator.make_token(ann)
        secure(hand, ann)
        answer = by_code(asked, app.next_code())
        assert api("POST", "/login", answer).status_code == 401
        assert not default_token_generator.check_token(
            get_user_model().objects.get(pk=ann.pk), link
        )
        assert SecondFactor.objects.count() == 1
        assert not UserSession.objects.exists()

    def test_removes_second_factors_on_request(
        self, hand: Browser, ann: Any, bob: Any, enrol_app: EnrolApp
    ) -> None:
        first, second = enrol_app(ann), enrol_app(ann)
        bobs = enrol_app(bob)
        page = secure(hand, ann, remove_factors="on")
        assert "Removed 2 second factors." in said(page)
        assert list(SecondFactor.objects.all()) == [bobs.factor]
        assert set(BackupCode.objects.values_list("user", flat=True)) == {bob.pk}
        removed = AuditEvent.objects.get(kind=Kind.FACTORS_REMOVED).detail
        assert sorted(removed["factors"]) == [first.factor.pk, second.factor.pk]
        assert removed["reason"] == "phished"
        assert recorded()[0]["factors"] == 2

    def test_bans_on_request(self, hand: Browser, ann: Any, log_in: LogIn) -> None:
        login = log_in(ann)
        page = secure(hand, ann, ban="on")
        assert said(page).endswith("password revoked, 1 session ended. Banned the account.")
        assert alive(login) == [False]
        ann.refresh_from_db()
        assert not ann.is_active
        event = AuditEvent.objects.get(kind=Kind.BANNED)
        assert (event.subject_id, event.detail) == (ann.pk, {"reason": "phished"})
        assert recorded()[0]["banned"] is True

    def test_can_be_repeated(self, hand: Browser, ann: Any, log_in: LogIn) -> None:
        log_in(ann)
        for _ in range(2):
            page = secure(hand, ann, ban="on")
        assert "password revoked, 0 sessions ended." in said(page)
        assert [detail["sessions"] for detail in recorded()] == [1, 0]
        assert AuditEvent.objects.filter(kind=Kind.BANNED).count() == 1

    def test_is_all_or_nothing(
        self,
        hand: Browser,
        ann: Any,
        log_in: LogIn,
        enrol_app: EnrolApp,
    ) -> None:
        login = log_in(ann)
        enrol_app(ann)
        posted = form(hand, ann, remove_factors="on", ban="on")
        before = AuditEvent.objects.count()
        hand.raise_request_exception = False
        with no_room_for_events():
            assert hand.post(secure_page(ann), posted).status_code == 500
        assert alive(login) == [True]
        ann.refresh_from_db()
        assert ann.is_active
        assert ann.check_password(PASSWORD)
        assert (SecondFactor.objects.count(), AuditEvent.objects.count()) == (1, before)

    def test_the_number_of_queries_does_not_depend_on_the_number_of_sessions(
        self, hand: Browser, ann: Any, log_in: LogIn
    ) -> None:
        def queries(sessions: int) -> int:
            ann.refresh_from_db()
            for _ in range(sessions):
                log_in(ann)
            posted = form(hand, ann)
            with CaptureQueriesContext(connection) as captured:
                assert hand.post(secure_page(ann), posted).status_code == 302
            return len(captured)

        assert queries(1) == queries(30)


class TestRefusals:
    @pytest.mark.parametrize(
        ("fields", "wrong"),
        [
            ({"reason": ""}, "reason"),
            ({"reason": " \t "}, "reason"),
            ({"reason": "\u200b\u202e"}, "reason"),
            ({"reason": "x" * 501}, "reason"),
            ({"password": ""}, "password"),
            ({"password": "keep"}, "password"),
        ],
    )
    def test_invalid_fields_are_reported(
        self, hand: Browser, ann: Any, log_in: LogIn, fields: dict[str, str], wrong: str
    ) -> None:
        login = log_in(ann)
        page = secure(hand, ann, ban="on", **fields)
        assert list(page.context["form"].errors) == [wrong]
        assert "<title>Error:" in page.content.decode()
        assert 'name="ban" aria-describedby="id_ban_helptext" id="id_ban" checked' in (
            page.content.decode()
        )
        assert alive(login) == [True]
        assert recorded() == []

    def test_after_somebody_else_has_secured_the_account(
        self, hand: Browser, ann: Any, root: Any, log_in: LogIn
    ) -> None:
        """Also if the same user has submitted the page twice."""
        posted = form(hand, ann, password=ANNS, ban="on")
        secure(browser_of(root), ann, reason="the first")
        ann.refresh_from_db()
        password = ann.password
        login = log_in(ann)

        page = hand.post(secure_page(ann), posted)

        assert "The password of this account has been changed" in page.content.decode()
        assert page.context["form"]["reason"].value() == "phished"
        ann.refresh_from_db()
        assert (ann.password, ann.is_active) == (password, True)
        assert alive(login) == [True]
        assert len(recorded()) == 1

        hand.post(secure_page(ann), posted | {"mark": page.context["mark"]})
        assert [detail["reason"] for detail in recorded()] == ["the first", "phished"]
        assert alive(login) == [False]

    def test_while_somebody_else_is_securing_the_account(
        self, hand: Browser, ann: Any, before_the_lock: BeforeTheLock
    ) -> None:
        posted = form(hand, ann)
        accounts = get_user_model().objects.filter(pk=ann.pk)
        before_the_lock(lambda: accounts.update(password="!theirs"))
        page = hand.post(secure_page(ann), posted)
        assert "Nothing was done." in page.content.decode()
        ann.password = "!theirs"
        assert page.context["mark"] == securing.password_mark(ann)

    @pytest.mark.parametrize("mark", ["", "x", "\x00", "9" * 9999])
    def test_a_forged_mark(self, hand: Browser, ann: Any, mark: str) -> None:
        page = hand.post(secure_page(ann), form(hand, ann, mark=mark))
        assert "Nothing was done." in page.content.decode()
        assert recorded() == []

    def test_while_too_many_passwords_are_hashed(
        self, hand: Browser, ann: Any, log_in: LogIn, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(*args: Any, **kwargs: Any) -> str:
            raise Overloaded(retry_after=1)

        login = log_in(ann)
        monkeypatch.setattr(securing, "make_password", refuse)
        page = secure(hand, ann, password=ANNS)
        assert "Nothing was done; please try again." in page.content.decode()
        assert alive(login) == [True]

    @pytest.mark.parametrize("key", ["1", "rubbish", "9" * 30, "_00", "1/2", "-1", "٣"])
    def test_unknown_accounts(self, hand: Browser, key: str) -> None:
        url = f"/admin/cumulonimbus/user/{key}/secure/"
        for page in (hand.get(url, follow=True), hand.post(url, {"reason": "x"}, follow=True)):
            assert said(page) == "This account no longer exists."
            assert page.redirect_chain == [("/admin/cumulonimbus/user/", 302)]

    def test_an_account_deleted_in_the_meantime(
        self, hand: Browser, ann: Any, before_the_lock: BeforeTheLock
    ) -> None:
        posted = form(hand, ann)
        before_the_lock(get_user_model().objects.filter(pk=ann.pk).delete)
        page = hand.post(secure_page(ann), posted, follow=True)
        assert said(page) == "This account no longer exists."
        assert recorded() == []


class TestPermissions:
    @pytest.mark.parametrize("missing", ["change_user", "delete_usersession"])
    def test_both_permissions_are_required(
        self, staff: Any, ann: Any, log_in: LogIn, missing: str
    ) -> None:
        login = log_in(ann)
        browser = browser_of(staff, *(one for one in MAY if one != missing))
        assert secure_page(ann) not in browser.get(page_of(ann)).content.decode()
        assert browser.get(secure_page(ann)).status_code == 403
        posted = {"reason": "x", "password": "unusable", "mark": securing.password_mark(ann)}
        assert browser.post(secure_page(ann), posted).status_code == 403
        assert alive(login) == [True]

    def test_only_superusers_may_secure_superusers(
        self, hand: Browser, root: Any, make_user: Any
    ) -> None:
        assert secure_page(root) not in hand.get(page_of(root)).content.decode()
        posted = {"reason": "x", "password": "unusable", "mark": securing.password_mark(root)}
        assert hand.post(secure_page(root), posted).status_code == 403
        other = make_user("other", is_staff=True, is_superuser=True)
        secure(browser_of(root), other)
        assert [detail["reason"] for detail in recorded()] == ["phished"]

    def test_nobody_may_secure_their_own_account(
        self, hand: Browser, staff: Any, root: Any
    ) -> None:
        for browser, user in ((hand, staff), (browser_of(root), root)):
            assert secure_page(user) not in browser.get(page_of(user)).content.decode()
            assert browser.get(secure_page(user)).status_code == 403
            posted = {"reason": "x", "password": "unusable", "mark": securing.password_mark(user)}
            assert browser.post(secure_page(user), posted).status_code == 403

    def test_removing_factors_requires_its_own_permission(
        self, staff: Any, ann: Any, enrol_app: EnrolApp
    ) -> None:
        enrol_app(ann)
        browser = browser_of(staff, *MAY)
        assert (
            "They stay: you may not remove them" in browser.get(secure_page(ann)).content.decode()
        )
        secure(browser, ann, remove_factors="on")
        assert len(recorded()) == 1
        assert SecondFactor.objects.count() == 1

    def test_cross_site_requests_are_refused(self, hand: Browser, ann: Any) -> None:
        posted = form(hand, ann)
        hand.handler.enforce_csrf_checks = True
        assert hand.post(secure_page(ann), posted).status_code == 403
        assert recorded() == []


class TestMailingALink:
    """These tests commit, because mail is sent after the commit."""

    pytestmark = pytest.mark.django_db(transaction=True)

    def test_the_owner_chooses_a_password_with_the_mailed_link(
        self, hand: Browser, api: Api, ann: Any, log_in: LogIn
    ) -> None:
        login = log_in(ann)
        page = secure(hand, ann, password=ANNS)

        assert "Sent a link for choosing a new password to ann@example.com." in said(page)
        assert alive(login) == [False]
        ann.refresh_from_db()
        assert ann.has_usable_password()
        assert not ann.check_password(PASSWORD)
        assert recorded()[0]["password"] == "revoked"
        assert recorded()[0]["mailed_to"] == "ann@example.com"
        [message] = mail.outbox
        assert (message.to, message.subject) == (["ann@example.com"], "Choose a new password")
        assert "ann at testserver" in message.body
        [link] = LINK.findall(message.body)

        owner = Browser()
        page = owner.get(link, follow=True)
        assert page.context["validlink"]
        assert 'href="/admin/' not in page.content.decode()
        chosen = "nine lives of a cat"
        fields = {"new_password1": chosen, "new_password2": chosen}
        page = owner.post(page.redirect_chain[-1][0], fields, follow=True)
        assert page.status_code == 200
        assert "You can now log in with it." in page.content.decode()
        body = {"username": "ann", "password": chosen}
        assert api("POST", "/login", body).status_code == 201
        assert not Browser().get(link).context["validlink"]

    def test_a_new_link_invalidates_the_previous_one(self, hand: Browser, ann: Any) -> None:
        secure(hand, ann, password=ANNS)
        secure(hand, ann, password=ANNS)
        first, second = (LINK.findall(message.body)[0] for message in mail.outbox)
        assert not Browser().get(first, follow=True).context["validlink"]
        assert Browser().get(second, follow=True).context["validlink"]

    def test_a_failure_to_send_mail_is_reported(
        self,
        hand: Browser,
        ann: Any,
        settings: Any,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        send_with(settings, f"{__name__}.BrokenBackend")
        with caplog.at_level(logging.DEBUG):
            page = secure(hand, ann, password=ANNS)
        assert page.status_code == 200
        assert "The link could not be sent to ann@example.com" in said(page)
        assert "Secure the account again to send another link." in said(page)
        assert len(recorded()) == 1
        assert "A link for a new password was not mailed: RuntimeError" in caplog.text
        assert "/account/password/" not in caplog.text

    def test_nothing_is_mailed_to_an_address_changed_in_the_meantime(
        self, hand: Browser, ann: Any, log_in: LogIn
    ) -> None:
        """For example, by the hijacker."""
        login = log_in(ann)
        posted = form(hand, ann, password=ANNS)
        get_user_model().objects.filter(pk=ann.pk).update(email="eve@example.com")
        page = hand.post(secure_page(ann), posted)
        assert list(page.context["form"].errors) == ["password"]
        assert "choosing a new one to eve@example.com" in page.content.decode()
        assert (recorded(), mail.outbox, alive(login)) == ([], [], [True])

    def test_nothing_is_mailed_if_the_account_was_not_secured(
        self, hand: Browser, ann: Any
    ) -> None:
        posted = form(hand, ann, password=ANNS)
        hand.raise_request_exception = False
        with no_room_for_events():
            assert hand.post(secure_page(ann), posted).status_code == 500
        assert mail.outbox == []

    def test_the_links_host_is_an_allowed_one(self, hand: Browser, ann: Any, settings: Any) -> None:
        settings.ALLOWED_HOSTS = ["testserver", "admin.example.org"]
        posted = form(hand, ann, password=ANNS)
        assert (
            hand.post(secure_page(ann), posted, headers={"host": "evil.example"}).status_code == 400
        )
        assert (recorded(), mail.outbox) == ([], [])
        hand.post(secure_page(ann), posted, headers={"host": "admin.example.org"})
        assert "http://admin.example.org/account/password/" in mail.outbox[0].body


class BrokenBackend:
    """A mail backend that fails, with the mail in its error."""

    def __init__(self, **options: Any) -> None:
        pass

    def send_messages(self, messages: Any) -> int:
        raise RuntimeError(messages[0].body)


class TestWithoutMail:
    def refused(self, browser: Browser, user: Any, why: str) -> None:
        """Assert that the page says why, does not offer to send mail, and refuses to."""
        page = browser.get(secure_page(user))
        assert f"No link can be sent: {why}." in page.content.decode()
        assert len(page.context["form"].fields["password"].choices) == 1
        page = secure(browser, user, password=user.email or ANNS)
        assert list(page.context["form"].errors) == ["password"]
        assert recorded() == []

    def test_no_link_is_mailed_without_an_address(self, hand: Browser, bob: Any) -> None:
        self.refused(hand, bob, "the account has no email address")

    def test_no_link_is_mailed_without_a_mail_server(
        self, hand: Browser, ann: Any, settings: Any
    ) -> None:
        send_with(settings, DUMMY)
        self.refused(hand, ann, "this site is not set up to send email")

    @pytest.mark.urls("tests.sessions_api.admin.hijacked.without_resets")
    def test_no_link_is_mailed_without_a_page_for_it(self, hand: Browser, ann: Any) -> None:
        self.refused(hand, ann, "this site has no page for choosing a password")


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "\u202eevil", "😈", "x" * 254])
def test_hostile_addresses_are_escaped(hand: Browser, ann: Any, name: str) -> None:
    get_user_model().objects.filter(pk=ann.pk).update(email=name[:254])
    page = hand.get(secure_page(ann))
    assert page.status_code == 200
    assert "<script>alert" not in page.content.decode()
