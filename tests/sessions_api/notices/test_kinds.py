"""What owners are told, one kind after the other, by what really happens."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import call_command

from sessions_api.callers.clients import Client
from sessions_api.conf import ApiSettings
from sessions_api.models import UserSession
from sessions_api.notices.models import Notice
from sessions_api.scopes import Scope
from sessions_api.second_factors.models import SecondFactor
from sessions_api.second_factors.services import enrolment
from sessions_api.services.audit import Actor
from sessions_api.services.bans import set_banned
from sessions_api.services.bulk_sign_outs import begin_bulk_sign_out, run_next_batch
from sessions_api.services.notices import NoticeKind, is_wanted
from sessions_api.services.passwords import change_password
from tests.api import Api, Login
from tests.browser import browser_of, page_of
from tests.cast import PASSWORD
from tests.sessions_api.notices.letters import html_of, links_of, token_of
from tests.sessions_api.second_factors.totp import App

pytestmark = pytest.mark.django_db

Sent = Callable[[], list[Any]]
ANNS = "ann@example.com"
HERE = Client(address="203.0.113.9", user_agent="Mozilla/5.0 (X11; Linux x86_64) Firefox/130.0")


def only(sent: Sent) -> Any:
    [letter] = sent()
    assert letter.to == [ANNS]
    return letter


def test_by_default_all_kinds_are_sent() -> None:
    assert ApiSettings().NOTICES is None
    assert all(map(is_wanted, NoticeKind))


class TestByTheOwnersAccount:
    def test_a_login_from_elsewhere(self, ann: Any, api: Api, sent: Sent) -> None:
        body = {"username": "ann", "password": PASSWORD}
        assert api("POST", "/login", body).status_code == 201
        assert sent() == []
        api("POST", "/login", body, REMOTE_ADDR="203.0.113.9", HTTP_USER_AGENT=HERE.user_agent)
        letter = only(sent)
        assert letter.subject == "New login to your account at club.example"
        for text in (letter.body, html_of(letter)):
            assert "Hello ann," in text
            assert "on a new device, from a new place." in text
            assert "Firefox on Linux" in text
            assert "203.0.113.9" in text
        assert token_of(letter) in html_of(letter)

    def test_a_new_password(self, ann: Any, sent: Sent) -> None:
        change_password(ann, f"{PASSWORD}!", actor=Actor(user=ann, client=HERE))
        letter = only(sent)
        assert letter.subject == "Your password at club.example was changed"
        assert "203.0.113.9" in letter.body
        assert token_of(letter)

    def test_a_new_password_by_a_save_of_the_hosts_own(self, ann: Any, sent: Sent) -> None:
        ann.set_password("another password")
        ann.save()
        letter = only(sent)
        assert letter.subject == "Your password at club.example was changed"
        assert "staff" not in letter.body

    def test_a_new_account_is_no_new_password(self, ann: Any, sent: Sent) -> None:
        assert sent() == []

    def test_an_upgraded_hash_is_no_new_password(self, ann: Any, sent: Sent, settings: Any) -> None:
        settings.PASSWORD_HASHERS = settings.PASSWORD_HASHERS[1:] + settings.PASSWORD_HASHERS[:1]
        assert ann.check_password(PASSWORD)
        assert sent() == []

    def test_whoever_takes_the_address_too_does_not_get_the_mail(
        self, ann: Any, sent: Sent
    ) -> None:
        ann.email = "mallory@example.com"
        ann.set_password("another password")
        ann.save()
        assert only(sent).subject == "Your password at club.example was changed"

    def test_a_second_factor(self, ann: Any, enrol_app: Callable[..., App], sent: Sent) -> None:
        enrol_app(ann, "My phone")
        letter = only(sent)
        assert letter.subject == "A second factor was added to your account at club.example"
        assert "“My phone” was added" in letter.body
        assert token_of(letter)

    def test_no_second_factor(
        self, ann: Any, enrol_app: Callable[..., App], wanted: Callable[..., None], sent: Sent
    ) -> None:
        wanted("factors_removed")
        enrol_app(ann), enrol_app(ann)
        for count, sentence in ((1, "A second factor was"), (2, "2 second factors were")):
            [enrol_app(ann) for _ in range(3 - SecondFactor.objects.count())]
            factors = SecondFactor.objects.filter(
                pk__in=SecondFactor.objects.values_list("pk")[:count]
            )
            enrolment.remove_factors(ann, factors, actor=Actor(user=ann, client=HERE))
            letter = only(sent)
            assert letter.subject == "A second factor of your account at club.example was removed"
            assert f"{sentence} removed from your account." in letter.body

    def test_new_backup_codes(
        self, ann: Any, enrol_app: Callable[..., App], wanted: Callable[..., None], sent: Sent
    ) -> None:
        wanted("backup_codes")
        enrol_app(ann)
        codes = enrolment.new_backup_codes(Actor(user=ann))
        letter = only(sent)
        assert letter.subject == "Your account at club.example has new backup codes"
        assert not any(code in letter.body for code in codes)

    def test_a_scoped_session(self, me: Login, sent: Sent) -> None:
        body = {"name": "nightly", "permissionFlags": int(Scope.FILE_READ), "password": PASSWORD}
        made = me.api("POST", "/users/me/sessions", body)
        letter = only(sent)
        subject = "A scoped session was created for your account at club.example"
        assert letter.subject == subject
        assert "“nightly”" in letter.body
        assert made.json()["token"] not in letter.body

    @pytest.mark.parametrize("path", ["", "/all", "/{sid}"])
    def test_ending_ones_own_sessions_is_no_news(
        self, me: Login, other: Login, path: str, sent: Sent
    ) -> None:
        path = f"/users/me/sessions{path.format(sid=other.session.sid)}"
        assert me.api("DELETE", path, {"ids": [other.session.sid]}).status_code == 200
        assert sent() == []


class TestByStaff:
    def test_a_new_password(self, ann: Any, root: Any, sent: Sent) -> None:
        form = {"password1": f"{PASSWORD}!", "password2": f"{PASSWORD}!", "usable_password": "true"}
        browser_of(root).post(f"/admin/cumulonimbus/user/{ann.pk}/password/", form)
        letter = only(sent)
        assert letter.subject == "Your password at club.example was changed"
        assert "By: staff" in letter.body
        assert "IP address" not in letter.body
        assert "root" not in letter.body

    def test_a_new_address_is_told_to_the_former_one(self, ann: Any, root: Any, sent: Sent) -> None:
        page = page_of(ann)
        form = {"username": "ann", "email": "mallory@example.com", "is_active": "on"}
        assert browser_of(root).post(page, form).status_code == 302
        letter = only(sent)
        assert letter.subject == "Your email address at club.example was changed"
        assert "mallory" not in letter.body
        form["email"] = "Mallory@EXAMPLE.com"
        browser_of(root).post(page, form)
        assert sent() == []

    def test_ended_sessions(self, me: Login, boss: Login, sent: Sent) -> None:
        path = f"/users/{me.user.pk}/sessions/{me.session.sid}"
        assert boss.api("DELETE", path).status_code == 200
        letter = only(sent)
        assert letter.subject == "You were logged out of club.example"
        assert "The staff of club.example have ended sessions" in letter.body

    def test_ended_sessions_from_the_shell(self, me: Login, sent: Sent) -> None:
        call_command("sessions", "end", "--user", "ann", "--reason", "drill", "--no-input")
        assert only(sent).subject == "You were logged out of club.example"

    def test_a_bulk_sign_out_tells_nobody(self, me: Login, root: Any, sent: Sent) -> None:
        sign_out = begin_bulk_sign_out(
            uuid4(),
            actor=Actor(user=root),
            reason="drill",
            what="everybody",
            criteria={},
            spares_superusers=False,
            expected=None,
        )
        sessions = UserSession.objects.all()
        done = run_next_batch(sign_out, sessions, actor=Actor(user=root), indexed=True)
        assert done.ended == 1
        assert sent() == []

    def test_a_ban_and_no_end_of_it(self, ann: Any, root: Any, sent: Sent) -> None:
        for banned in (True, True, False):
            set_banned(ann, banned, actor=Actor(user=root), reason="spam")
        letter = only(sent)
        assert letter.subject == "Your account at club.example was banned"
        assert "By: staff" in letter.body
        assert "spam" not in letter.body
        assert token_of(letter)

    def test_securing_the_account_is_one_notice(
        self, me: Login, root: Any, enrol_app: Callable[..., App], sent: Sent
    ) -> None:
        enrol_app(me.user)
        assert only(sent)
        browser = browser_of(root)
        page = page_of(me.user, "secure")
        form = {"reason": "phished", "password": "unusable", "remove_factors": "on", "ban": "on"}
        form["mark"] = browser.get(page).context["mark"]
        assert browser.post(page, form).status_code == 302
        letter = only(sent)
        assert letter.subject == "Your account at club.example was secured"
        assert "phished" not in letter.body
        # It is secured already.
        assert links_of(letter) == []
        assert "wasn't me" not in html_of(letter)

    def test_what_staff_do_to_themselves_is_no_news(
        self, staff: Any, log_in: Callable[..., Login], sent: Sent
    ) -> None:
        type(staff).objects.filter(pk=staff.pk).update(email="sam@example.com")
        boss, other = log_in(staff), log_in(staff)
        path = f"/users/{staff.pk}/sessions/{other.session.sid}"
        assert boss.api("DELETE", path).status_code == 200
        assert sent() == []


def test_each_kind_can_be_turned_off(
    ann: Any, root: Any, enrol_app: Callable[..., App], wanted: Callable[..., None]
) -> None:
    wanted("banned")
    enrol_app(ann)
    ann.set_password("another")
    ann.save()
    assert not Notice.objects.exists()
