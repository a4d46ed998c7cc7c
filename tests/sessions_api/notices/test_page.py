"""The page behind "This wasn't me": what it takes to secure an account, and what does not."""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from django.contrib.auth import get_user_model
from django.core import signing
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from sessions_api.models import AuditEvent, UserSession
from sessions_api.notices.models import Notice
from sessions_api.notices.services.links import LIFETIME, SALT
from sessions_api.scopes import Scope
from sessions_api.second_factors.models import SecondFactor
from sessions_api.services.audit import Actor
from sessions_api.services.notices import NoticeKind, tell
from sessions_api.services.securing import password_mark, secure_account
from sessions_api.testing import frozen_clock
from tests.api import Api, Login
from tests.browser import alive, browser_of
from tests.cast import PASSWORD
from tests.held_up import BeforeTheLock
from tests.sessions_api.notices.letters import PAGE, html_of, links_of, token_of
from tests.sessions_api.passwords.overload import full_queue
from tests.sessions_api.second_factors.totp import App

pytestmark = pytest.mark.django_db

Sent = Callable[[], list[Any]]
Enter = Callable[[], Notice]
PHRASE = "correct horse battery staple, new"


@pytest.fixture
def token(break_in: Enter, sent: Sent) -> str:
    """That of the mail which ann gets because somebody has logged in as her."""
    break_in()
    [letter] = sent()
    return token_of(letter)


def get(token: str, **headers: str) -> Any:
    return Browser().get(PAGE, {"token": token}, headers=headers)


def post(token: str, **headers: str) -> Any:
    return Browser(enforce_csrf_checks=True).post(PAGE, {"token": token}, headers=headers)


def is_secure(ann: Any) -> bool:
    account = get_user_model().objects.get(pk=ann.pk)
    return not account.check_password(PASSWORD) and not UserSession.objects.owned_by(ann).exists()


class TestTheWholeWay:
    def test_from_the_mail_to_a_new_password(
        self, ann: Any, me: Login, token: str, sent: Sent, enrol_app: Callable[..., App]
    ) -> None:
        enrol_app(ann)
        scoped = me.api(
            "POST",
            "/users/me/sessions",
            {"name": "x", "permissionFlags": int(Scope.FILE_READ), "password": PASSWORD},
        )
        assert scoped.status_code in (201, 401)
        desk = browser_of(ann)
        sent()
        page = get(token)
        assert page.status_code == 200
        assert not is_secure(ann)
        page = post(token)
        assert page.status_code == 200
        assert "password no longer works" in page.content.decode()
        assert is_secure(ann)
        assert alive(me) == [False]
        assert not desk.get("/admin/").wsgi_request.user.is_authenticated
        # A hijacker's mailbox does not get rid of it.
        assert SecondFactor.objects.filter(user=ann).count() == 1

        [letter] = sent()
        assert letter.subject == "Choose a new password"
        assert letter.to == ["ann@example.com"]
        [link] = links_of(letter)
        assert link.startswith("https://club.example/account/password/")
        browser = Browser()
        form = browser.get(urlsplit(link).path, follow=True)
        chosen = {"new_password1": PHRASE, "new_password2": PHRASE}
        browser.post(form.redirect_chain[-1][0], chosen)
        ann.refresh_from_db()
        assert ann.check_password(PHRASE)
        [letter] = sent()
        assert letter.subject == "Your password at club.example was changed"

    @pytest.mark.parametrize("lifetime", [timedelta(minutes=30), timedelta(days=3)])
    def test_the_mail_says_how_long_its_link_works(
        self, token: str, sent: Sent, settings: Any, lifetime: timedelta
    ) -> None:
        settings.PASSWORD_RESET_TIMEOUT = int(lifetime.total_seconds())
        with frozen_clock() as clock:
            post(token)
            [letter] = sent()
            end = (clock.now + lifetime).strftime("%Y-%m-%d %H:%M:%S UTC")
            for text in (letter.body, html_of(letter)):
                assert f"before {end}" in " ".join(text.split())

    def test_the_audit_log_tells_of_it(self, ann: Any, token: str) -> None:
        post(token, user_agent="Mail/1.0")
        event = AuditEvent.objects.get(kind=AuditEvent.Kind.ACCOUNT_SECURED)
        assert (event.actor_id, event.actor_name) == (None, "the owner, by a mailed link")
        assert (event.subject, event.user_agent) == (ann, "Mail/1.0")
        assert event.detail["reason"] == "The owner did not know about: new_login"
        assert event.detail["mailed_to"] == "ann@example.com"
        notice = Notice.objects.get(kind="new_login")
        assert notice.disowned_at is not None

    def test_nothing_else_is_told_of_it(self, token: str, sent: Sent) -> None:
        post(token)
        assert [letter.subject for letter in sent()] == ["Choose a new password"]


class TestOpening:
    """Programs that scan mail open its links, with any method that changes nothing."""

    @pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH"])
    def test_changes_nothing(self, ann: Any, me: Login, token: str, method: str) -> None:
        before = list(Notice.objects.values())
        for _ in range(3):
            Browser().generic(method, f"{PAGE}?token={token}")
        assert list(Notice.objects.values()) == before
        assert alive(me) == [True]

    def test_a_post_to_the_address_of_the_link_changes_nothing(self, ann: Any, token: str) -> None:
        assert Browser().post(f"{PAGE}?token={token}").status_code == 404
        assert not is_secure(ann)

    def test_what_goes_with_the_page(self, token: str) -> None:
        for page in (get(token), post(token), post(token), get("x")):
            assert page["Referrer-Policy"] == "no-referrer"
            assert "no-store" in page["Cache-Control"]
            assert page["X-Frame-Options"] == "DENY"
            assert "frame-ancestors 'none'" in page["Content-Security-Policy"]
            assert not page.cookies

    def test_the_page_fetches_nothing_and_its_form_posts_to_itself(self, token: str) -> None:
        html = get(token).content.decode()
        for text in ("src=", "<script", "<link", "url(", "http"):
            assert text not in html
        assert '<form method="post" action="?">' in html

    def test_a_browser_that_sends_no_origin_can_post(self, ann: Any, token: str) -> None:
        assert post(token, origin="null").status_code == 200
        assert is_secure(ann)


class TestOnce:
    def test_the_second_click(self, ann: Any, token: str) -> None:
        post(token)
        event = AuditEvent.objects.filter(kind=AuditEvent.Kind.ACCOUNT_SECURED)
        for page in (post(token), get(token)):
            assert page.status_code == 404
            assert "This link was used" in page.content.decode()
        assert event.count() == 1

    def test_links_of_other_notices_before_it(self, ann: Any, break_in: Enter, sent: Sent) -> None:
        break_in()
        ann.set_password(PHRASE)
        ann.save()
        first, second = (token_of(letter) for letter in sent())
        assert post(second).status_code == 200
        assert get(first).status_code == post(first).status_code == 404

    def test_notices_after_it_work(self, ann: Any, token: str, sent: Sent) -> None:
        post(token)
        sent()
        ann.set_password(PHRASE)
        ann.save()
        [letter] = sent()
        assert post(token_of(letter)).status_code == 200

    def test_after_staff_have_secured_the_account(
        self, ann: Any, root: Any, token: str, sent: Sent
    ) -> None:
        secure_account(ann, actor=Actor(user=root), reason="x", mark=password_mark(ann))
        assert post(token).status_code == 404
        [letter] = sent()
        assert links_of(letter) == []

    def test_a_notice_that_was_not_yet_sent_then_has_no_link(
        self, ann: Any, root: Any, break_in: Enter, sent: Sent
    ) -> None:
        break_in()
        secure_account(ann, actor=Actor(user=root), reason="x", mark=password_mark(ann))
        assert [links_of(letter) for letter in sent()] == [[], []]


class TestThreeDays:
    def test_it_works_until_then(self, ann: Any, break_in: Enter, sent: Sent) -> None:
        with frozen_clock() as clock:
            break_in()
            # They begin when the mail is sent.
            clock.advance(timedelta(days=2))
            [letter] = sent()
            token = token_of(letter)
            clock.advance(LIFETIME - timedelta(seconds=1))
            assert get(token).status_code == 200
            clock.advance(timedelta(seconds=1))
            for page in (get(token), post(token)):
                assert page.status_code == 404
                assert "older than three days" in page.content.decode()
        assert not is_secure(ann)

    def test_a_notice_that_was_never_sent_has_no_link(self, ann: Any, break_in: Enter) -> None:
        notice = break_in()
        token = signing.Signer(sep=".", salt=SALT).sign(notice.pk.hex)
        assert post(token).status_code == 404


class TestForgeries:
    def test_tampered_and_made_up_ones(self, ann: Any, token: str, api: Api) -> None:
        key, _, signature = token.partition(".")
        made_up = [
            "",
            "x",
            "." * 5000,
            key,
            f"{key}.",
            f".{signature}",
            f"{key.upper()}.{signature}",
            f"{uuid4().hex}.{signature}",
            token[:-1],
            f"{token}=",
            f" {token}",
            "☂.☂",
            signing.Signer(sep=".", salt=SALT).sign(uuid4().hex),
            signing.Signer(sep=".", salt=SALT).sign("no id"),
            signing.Signer(sep=".").sign(key),
            signing.Signer(sep=".", salt=SALT, key="another").sign(key),
            signing.TimestampSigner(sep=".", salt=SALT).sign(key),
            signing.dumps(key, salt=SALT),
        ]
        for one in made_up:
            assert Browser().post(PAGE, {"token": one}).status_code == 404, one
            assert Browser().get(PAGE, {"token": one}).status_code == 404, one
        assert post(f"{key}\x00.{signature}").status_code == 404
        assert Browser().get(f"{PAGE}?token=%ED%A0%80.%FF").status_code == 404
        assert not is_secure(ann)

    def test_session_tokens_and_links_for_passwords(self, me: Login) -> None:
        assert post(me.token).status_code == 404
        assert alive(me) == [True]

    def test_a_token_is_no_session_and_no_link_for_a_password(
        self, api: Api, ann: Any, token: str
    ) -> None:
        assert api("GET", "/users/me/sessions", token=token).status_code == 401
        page = Browser().get(f"/account/password/MQ/{token}/", follow=True)
        assert not page.context["validlink"]

    def test_forgeries_take_no_query(self) -> None:
        with CaptureQueriesContext(connection) as captured:
            get("x.y"), post("x.y")
        assert len(captured) == 0

    def test_a_token_secures_the_account_it_is_for_and_no_other(
        self, ann: Any, bobs: Login, token: str
    ) -> None:
        Browser().post(PAGE, {"token": token, "user": bobs.user.pk})
        assert alive(bobs) == [True]
        assert is_secure(ann)

    def test_it_holds_after_the_secret_has_rotated(
        self, ann: Any, token: str, settings: Any
    ) -> None:
        former, settings.SECRET_KEY = settings.SECRET_KEY, "another secret" * 4
        assert post(token).status_code == 404
        settings.SECRET_KEY_FALLBACKS = [former]
        assert post(token).status_code == 200


class TestHeaders:
    @pytest.mark.parametrize(
        "forged", [{"host": "evil.example"}, {"x-forwarded-host": "evil.example"}]
    )
    def test_what_a_request_says_of_its_host_reaches_no_mail(
        self, ann: Any, me: Login, sent: Sent, settings: Any, forged: dict[str, str]
    ) -> None:
        settings.ALLOWED_HOSTS, settings.USE_X_FORWARDED_HOST = ["*"], True
        meta = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in forged.items()}
        body = {"name": "x", "permissionFlags": int(Scope.FILE_READ), "password": PASSWORD}
        assert me.api("POST", "/users/me/sessions", body, **meta).status_code == 201
        [letter] = sent()
        token = token_of(letter)
        Browser().post(PAGE, {"token": token}, headers=forged)
        [other] = sent()
        assert "evil" not in f"{letter.message()}{other.message()}"
        assert [urlsplit(link).netloc for link in links_of(other)] == ["club.example"]

    def test_a_prefix(self, ann: Any, break_in: Enter, sent: Sent, settings: Any) -> None:
        settings.SESSIONS_API = settings.SESSIONS_API | {"SITE_URL": "https://x.example/club/"}
        break_in()
        [letter] = sent()
        [link] = links_of(letter)
        assert link.startswith("https://x.example/club/account/not-me/?token=")

    def test_the_log_has_no_token(
        self, ann: Any, token: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.DEBUG):
            Browser().put(f"{PAGE}?token={token}")
            get(token), post(token), post(token)
        assert caplog.text
        assert token.partition(".")[2] not in caplog.text


class TestTheAccountMeanwhile:
    def test_another_address_gets_no_link_and_nor_does_the_former(
        self, ann: Any, token: str, sent: Sent
    ) -> None:
        """One of the two has it from the other, and nobody can say which."""
        ann.email = "mallory@example.com"
        ann.save()
        assert "ask the staff" in get(token).content.decode()
        page = post(token)
        assert "Ask the staff" in page.content.decode()
        assert is_secure(ann)
        ann.refresh_from_db()
        assert not ann.has_usable_password()
        assert sent() == []

    def test_the_same_address_in_another_case_is_the_same(
        self, ann: Any, token: str, sent: Sent
    ) -> None:
        ann.email = "Ann@Example.com"
        ann.save()
        post(token)
        assert [letter.subject for letter in sent()] == ["Choose a new password"]

    def test_staff_who_have_blocked_the_login_are_not_overruled(
        self, ann: Any, token: str, sent: Sent
    ) -> None:
        ann.set_unusable_password()
        ann.save()
        sent()
        assert post(token).status_code == 200
        ann.refresh_from_db()
        assert not ann.has_usable_password()
        assert sent() == []

    def test_nor_are_they_between_the_click_and_the_mail(
        self, ann: Any, root: Any, token: str, sent: Sent
    ) -> None:
        post(token)
        ann.refresh_from_db()
        secure_account(ann, actor=Actor(user=root), reason="x", mark=password_mark(ann))
        assert "Choose a new password" not in [letter.subject for letter in sent()]
        assert Notice.objects.get(kind="new_password_link").error == "Withdrawn"

    @pytest.mark.parametrize("how", ["save", "update"])
    def test_nor_by_a_link_after_they_have_set_a_password(
        self, ann: Any, token: str, sent: Sent, how: str
    ) -> None:
        """They may have told it to the owner, because somebody else reads the mailbox."""
        post(token)
        ann.refresh_from_db()
        ann.set_password(PHRASE)
        if how == "save":
            ann.save()
        else:
            get_user_model().objects.filter(pk=ann.pk).update(password=ann.password)
        assert "Choose a new password" not in [letter.subject for letter in sent()]
        assert Notice.objects.get(kind="new_password_link").error == "Withdrawn"

    def test_a_banned_one_stays_banned(self, ann: Any, token: str) -> None:
        ann.is_active = False
        ann.save()
        assert post(token).status_code == 200
        ann.refresh_from_db()
        assert not ann.is_active

    def test_staff_may_secure_their_own(self, staff: Any, root: Any, sent: Sent) -> None:
        for user in (staff, root):
            user.email = f"{user.username}@example.com"
            user.save()
            tell(NoticeKind.NEW_PASSWORD, user, actor=Actor(name="the test"))
            [letter] = sent()
            assert post(token_of(letter)).status_code == 200
            assert is_secure(user)
            [letter] = sent()
            assert letter.to == [user.email]

    def test_one_that_is_deleted(self, ann: Any, token: str) -> None:
        ann.delete()
        assert get(token).status_code == post(token).status_code == 404

    def test_one_that_is_deleted_in_that_moment(
        self, ann: Any, token: str, before_the_lock: BeforeTheLock
    ) -> None:
        before_the_lock(get_user_model().objects.filter(pk=ann.pk).delete)
        assert post(token).status_code == 404

    def test_a_hijacker_who_changes_the_password_again_and_again(
        self, ann: Any, token: str, before_the_lock: BeforeTheLock
    ) -> None:
        accounts, tries = get_user_model().objects.filter(pk=ann.pk), []

        def change() -> None:
            tries.append(len(tries))
            if len(tries) < 4:
                accounts.update(password=f"pbkdf2_sha256$1$salt${len(tries)}")

        before_the_lock(change)
        assert post(token).status_code == 200
        assert is_secure(ann)

    def test_without_end(self, ann: Any, token: str, before_the_lock: BeforeTheLock) -> None:
        accounts, tries = get_user_model().objects.filter(pk=ann.pk), []

        def change() -> None:
            tries.append(len(tries))
            accounts.update(password=f"pbkdf2_sha256$1$salt${len(tries)}")

        before_the_lock(change)
        page = post(token)
        assert page.status_code == 503
        assert "Nothing was changed" in page.content.decode()
        assert get(token).status_code == 200


def test_while_too_many_passwords_are_hashed(ann: Any, me: Login, token: str, sent: Sent) -> None:
    with full_queue():
        page = post(token)
    assert page.status_code == 503
    assert "Nothing was changed" in page.content.decode()
    assert alive(me) == [True]
    assert post(token).status_code == 200
    assert len(sent()) == 1
