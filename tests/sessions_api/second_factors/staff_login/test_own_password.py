"""Changing one's own password in the admin: rate limited, audited, with a second factor."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.test import Client as Browser

from sessions_api.exceptions import Overloaded
from sessions_api.models import AuditEvent
from sessions_api.second_factors.models import BackupCode
from tests.admin_paths import INDEX
from tests.api import Api, Login, is_dead
from tests.browser import DESK, browser_of
from tests.cast import PASSWORD
from tests.sessions_api.passwords.overload import full_queue, no_room_any_more
from tests.sessions_api.second_factors.authenticator import Authenticator
from tests.sessions_api.second_factors.challenges import by_code, challenge
from tests.sessions_api.second_factors.staff_login.desk import REFUSED, TOO_MANY, Desk, on_record
from tests.sessions_api.second_factors.totp import App

pytestmark = pytest.mark.django_db

Kind = AuditEvent.Kind
PAGE = "/admin/password_change/"
DONE = "/admin/password_change/done/"
NEW = "Another-horse-9"


def form(**changes: Any) -> dict[str, Any]:
    return {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW} | changes


def has_password(user: Any, password: str) -> bool:
    user.refresh_from_db()
    return bool(user.check_password(password))


@pytest.fixture
def sams(staff: Any) -> Browser:
    """Sam's browser, logged in without a second factor."""
    return browser_of(staff)


@pytest.fixture
def shown(desk: Desk, sams_app: App) -> Desk:
    """Sam's browser, logged in with a code of the app."""
    desk.password()
    desk.answer(code=sams_app.code())
    assert desk.is_inside
    return desk


class TestWithoutAFactor:
    def test_the_change_is_audited(self, sams: Browser, staff: Any, boss: Login) -> None:
        page = sams.post(PAGE, form())
        assert (page.status_code, page["Location"]) == (302, DONE)
        assert has_password(staff, NEW)
        assert on_record(Kind.PASSWORD_CHANGED) == [(Kind.PASSWORD_CHANGED, staff.pk, {})]
        event = AuditEvent.objects.get(kind=Kind.PASSWORD_CHANGED)
        assert (event.actor_id, event.address) == (staff.pk, DESK)

    @pytest.mark.parametrize("meanwhile", ["banned", "a factor"])
    def test_nothing_is_changed_if_the_account_has_changed(
        self,
        sams: Browser,
        staff: Any,
        enrol_app: Callable[..., App],
        meanwhile: str,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """While the new password is hashed."""

        def hash_slowly(raw: str | None) -> str:
            if meanwhile == "banned":
                type(staff).objects.filter(pk=staff.pk).update(is_active=False)
            else:
                enrol_app(staff)
            return make_password(raw)

        monkeypatch.setattr("sessions_api.services.passwords.make_password", hash_slowly)
        page = sams.post(PAGE, form())
        assert page.status_code == 200
        assert "Nothing was changed" in page.content.decode()
        assert has_password(staff, PASSWORD)

    def test_only_the_current_django_session_stays_valid(
        self, sams: Browser, staff: Any, boss: Login
    ) -> None:
        elsewhere = browser_of(staff)
        sams.post(PAGE, form())
        assert sams.get(INDEX).status_code == 200
        assert elsewhere.get(INDEX).status_code == 302
        assert is_dead(boss)

    def test_no_code_is_requested(self, sams: Browser) -> None:
        page = sams.get(PAGE)
        assert 'name="old_password"' in page.content.decode()
        for name in ("code", "token", "response"):
            assert f'name="{name}"' not in page.content.decode()
        assert "no-store" in page["Cache-Control"]

    def test_a_wrong_old_password_is_audited(self, sams: Browser, staff: Any) -> None:
        page = sams.post(PAGE, form(old_password="a guess"))
        assert page.status_code == 200
        assert list(page.context["form"].errors) == ["old_password"]
        assert on_record(*Kind) == [(Kind.REVERIFICATION_FAILED, staff.pk, {})]
        assert has_password(staff, PASSWORD)

    @pytest.mark.parametrize(
        "wrong",
        [
            {"new_password2": "something else"},
            {"new_password1": "sam", "new_password2": "sam"},
            {"new_password1": "", "new_password2": ""},
        ],
    )
    @pytest.mark.parametrize("old", [PASSWORD, "a guess"])
    def test_an_invalid_new_password_reveals_nothing_about_the_old_one(
        self, sams: Browser, staff: Any, old: str, wrong: dict[str, str]
    ) -> None:
        page = sams.post(PAGE, form(old_password=old, **wrong))
        assert "old_password" not in page.context["form"].errors
        assert page.context["form"].errors
        assert not on_record(*Kind)
        assert has_password(staff, PASSWORD)

    @pytest.mark.ratelimited
    def test_wrong_passwords_count_together_with_those_of_the_api(
        self, sams: Browser, staff: Any, boss: Login, limits_clock: Any
    ) -> None:
        for _ in range(3):
            assert sams.post(PAGE, form(old_password="a guess")).status_code == 200
        path = "/users/me/2fa/totp"
        for _ in range(2):
            assert boss.api("POST", path, {"password": "a guess"}).status_code == 401
        page = sams.post(PAGE, form())
        assert page.status_code == 429
        assert TOO_MANY in page.content.decode()
        assert boss.api("POST", path, {"password": PASSWORD}).status_code == 429
        assert has_password(staff, PASSWORD)
        limits_clock.now += 300
        assert sams.post(PAGE, form()).status_code == 302

    @pytest.mark.ratelimited
    @pytest.mark.parametrize("full_queue", [full_queue, no_room_any_more])
    def test_while_too_many_passwords_are_hashed(
        self, sams: Browser, staff: Any, full_queue: Any, limits_clock: Any
    ) -> None:
        with full_queue():
            for _ in range(6):
                page = sams.post(PAGE, form())
                assert page.status_code == 503
                assert "Nothing was changed" in page.content.decode()
        assert has_password(staff, PASSWORD)
        assert not on_record(*Kind)
        assert sams.post(PAGE, form()).status_code == 302

    def test_an_old_password_that_could_not_be_checked_changes_nothing(
        self, sams: Browser, staff: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Even if the new password could be hashed a moment later."""

        def find_no_room(*args: object, **kwargs: object) -> None:
            raise Overloaded(1)

        path = "sessions_api.second_factors.staff_login.password.reverify"
        monkeypatch.setattr(path, find_no_room)
        page = sams.post(PAGE, form(old_password="a guess"))
        assert page.status_code == 503
        assert has_password(staff, PASSWORD)


class TestWithAFactor:
    def ask(self, desk: Desk) -> Any:
        page = desk.browser.get(PAGE)
        desk.token = page.context["token"]
        return page

    def test_a_code_is_requested(self, shown: Desk, staff: Any, sams_app: App) -> None:
        text = self.ask(shown).content.decode()
        assert 'name="code"' in text
        page = shown.browser.post(PAGE, form(token=shown.token, code=sams_app.next_code()))
        assert (page.status_code, page["Location"]) == (302, DONE)
        assert has_password(staff, NEW)
        assert shown.is_inside

    @pytest.mark.parametrize("given", ["nothing", "no code", "wrong", "of a login", "used"])
    def test_without_a_right_code_nothing_is_changed(
        self, shown: Desk, staff: Any, sams_app: App, given: str
    ) -> None:
        self.ask(shown)
        token = challenge(Api(), "sam")["token"] if given == "of a login" else shown.token
        code = {
            "wrong": sams_app.wrong_code,
            "of a login": sams_app.next_code,
            "used": sams_app.code,
        }.get(given, lambda: "")()
        answer = {} if given == "nothing" else {"token": token, "code": code}
        page = shown.browser.post(PAGE, form(**answer))
        assert (page.status_code, page.context["form"].errors) == (200, {"code": [REFUSED]})
        assert page.context["token"] != shown.token
        assert has_password(staff, PASSWORD)
        assert not on_record(Kind.PASSWORD_CHANGED)

    def test_its_challenge_is_only_valid_here(self, shown: Desk, sams_app: App) -> None:
        self.ask(shown)
        body = by_code({"token": shown.token}, sams_app.next_code())
        assert Api()("POST", "/login", body).status_code == 401
        assert shown.browser.post("/admin/login/", {"token": shown.token}).status_code == 302

    def test_other_errors_do_not_use_up_the_answer(
        self, shown: Desk, staff: Any, sams_app: App
    ) -> None:
        self.ask(shown)
        right = {"token": shown.token, "code": sams_app.next_code()}
        for wrong in ({"old_password": "a guess"}, {"new_password2": "x"}):
            shown.browser.post(PAGE, form(**right | wrong))
        assert not on_record(Kind.CHALLENGE_FAILED)
        assert shown.browser.post(PAGE, form(**right)).status_code == 302

    def test_a_backup_code_is_accepted(self, shown: Desk, staff: Any, sams_app: App) -> None:
        self.ask(shown)
        assert sams_app.backup_codes
        right = {"token": shown.token, "code": sams_app.backup_codes[0]}
        assert shown.browser.post(PAGE, form(**right)).status_code == 302

    def test_a_credential_is_accepted(
        self, shown: Desk, staff: Any, enrol_key: Callable[..., Authenticator]
    ) -> None:
        key = enrol_key(staff)
        asked = self.ask(shown)
        assert 'id="use-credential"' in asked.content.decode()
        response = json.dumps(key.get(asked.context["options"]))
        page = shown.browser.post(PAGE, form(token=shown.token, response=response))
        assert page.status_code == 302
        assert has_password(staff, NEW)

    def test_no_code_is_requested_if_the_user_only_has_a_credential(
        self, desk: Desk, staff: Any, enrol_key: Callable[..., Authenticator]
    ) -> None:
        key = enrol_key(staff)
        page = desk.password()
        desk.answer(response=json.dumps(key.get(page.context["options"])))
        BackupCode.objects.all().delete()
        text = self.ask(desk).content.decode()
        assert 'name="code"' not in text
        assert 'id="use-credential"' in text
        page = desk.browser.post(PAGE, form(token=desk.token))
        assert REFUSED in page.content.decode()

    def test_a_django_session_without_the_factor_is_refused(
        self, sams: Browser, staff: Any, sams_app: App
    ) -> None:
        assert sams.post(PAGE, form())["Location"].startswith("/admin/login/")
        assert has_password(staff, PASSWORD)
