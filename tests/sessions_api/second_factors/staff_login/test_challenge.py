"""The second page of the admin's login: valid and invalid codes, tokens and credentials."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from sessions_api.models import AuditEvent
from sessions_api.second_factors.models import BackupCode, SecondFactor
from sessions_api.testing import frozen_clock
from sessions_api.tokens.sessions import read_step_token
from tests.admin_paths import INDEX, LOGIN
from tests.api import Api
from tests.browser import said
from tests.cast import PASSWORD
from tests.sessions_api.second_factors.authenticator import Authenticator
from tests.sessions_api.second_factors.challenges import answer, challenge
from tests.sessions_api.second_factors.staff_login.desk import REFUSED, Desk, asks, on_record
from tests.sessions_api.second_factors.totp import App
from tests.sessions_api.second_factors.typed_codes import TYPED

pytestmark = pytest.mark.django_db

Kind = AuditEvent.Kind


class TestCode:
    def test_of_an_app(self, desk: Desk, staff: Any, sams_app: App) -> None:
        page = desk.password()
        assert 'autocomplete="one-time-code"' in page.content.decode()
        assert "credential.js" not in page.content.decode()
        assert desk.answer(code=sams_app.code())["Location"] == INDEX
        assert desk.is_inside
        assert on_record(Kind.CHALLENGE_PASSED, Kind.LOGIN) == [
            (Kind.CHALLENGE_PASSED, staff.pk, {"purpose": "admin login", "type": "totp"}),
            (Kind.LOGIN, staff.pk, {"site": "admin"}),
        ]

    @pytest.mark.parametrize("typed", TYPED)
    def test_of_an_app_as_typed(
        self, desk: Desk, sams_app: App, typed: Callable[[str], str]
    ) -> None:
        desk.password()
        desk.answer(code=typed(sams_app.code()))
        assert desk.is_inside

    @pytest.mark.parametrize("typed", TYPED)
    def test_backup_code_as_typed(
        self, desk: Desk, sams_app: App, typed: Callable[[str], str]
    ) -> None:
        assert sams_app.backup_codes
        desk.password()
        desk.answer(code=typed(sams_app.backup_codes[0]).upper())
        assert desk.is_inside

    def test_backup_code(self, desk: Desk, sams_app: App) -> None:
        assert sams_app.backup_codes
        desk.password()
        desk.answer(code=sams_app.backup_codes[0].upper())
        assert desk.is_inside
        assert BackupCode.objects.count() == 9

    def test_a_key_enrolled_after_the_password_is_not_offered(
        self, desk: Desk, staff: Any, sams_app: App, enrol_key: Callable[..., Authenticator]
    ) -> None:
        """The challenge has no options for it."""
        desk.password()
        enrol_key(staff)
        page = desk.answer(code=sams_app.wrong_code())
        assert (page.status_code, page.context["options"]) == (200, None)

    def test_a_right_one_after_a_wrong_one(self, desk: Desk, staff: Any, sams_app: App) -> None:
        desk.password()
        page = desk.answer(code=sams_app.wrong_code())
        assert page.status_code == 200
        assert page.context["form"].errors == {"code": [REFUSED]}
        text = page.content.decode()
        assert 'aria-invalid="true"' in text
        assert 'aria-describedby="id_code_helptext id_code_error"' in text
        assert 'id="id_code_error"' in text
        assert not desk.is_inside
        failed = {"purpose": "admin login", "type": "totp"}
        assert on_record(Kind.CHALLENGE_FAILED) == [(Kind.CHALLENGE_FAILED, staff.pk, failed)]

        desk.answer(code=sams_app.code())
        assert desk.is_inside

    def test_works_once(self, desk: Desk, sams_app: App) -> None:
        desk.password()
        desk.answer(code=sams_app.code())
        second = Desk()
        second.password()
        page = second.answer(code=sams_app.code())
        assert page.context["form"].errors == {"code": [REFUSED]}
        assert not second.is_inside

    def test_backup_code_works_once(self, desk: Desk, sams_app: App) -> None:
        assert sams_app.backup_codes
        desk.password()
        desk.answer(code=sams_app.backup_codes[0])
        second = Desk()
        second.password()
        second.answer(code=sams_app.backup_codes[0])
        assert not second.is_inside

    def test_of_somebody_else(
        self, desk: Desk, sams_app: App, ann: Any, enrol_app: Callable[..., App]
    ) -> None:
        anns = enrol_app(ann)
        desk.password()
        desk.answer(code=anns.next_code())
        assert not desk.is_inside
        assert anns.backup_codes
        desk.answer(code=anns.backup_codes[0])
        assert not desk.is_inside

    @pytest.mark.parametrize(
        "given",
        [
            {},
            {"code": ""},
            {"code": "\x00"},
            {"code": "١٢٣٤٥٦"},
            {"code": "9" * 10_000},
            {"response": "rubbish"},
            {"response": "[" * 100_000},
            {"response": "{}"},
            {"response": '{"id": "\\u0000\\ud800"}'},
            {"response": "9" * 10_000},
            {"response": "null"},
            {"response": "\x00"},
        ],
    )
    def test_rubbish(
        self, desk: Desk, sams_app: App, enrol_key: Any, staff: Any, given: dict[str, str]
    ) -> None:
        enrol_key(staff)
        desk.password()
        page = desk.answer(**given)
        assert (page.status_code, asks(page)) == (200, True)
        assert page.context["form"].errors
        assert not desk.is_inside


class TestToken:
    def refused(self, desk: Desk, code: str, **data: Any) -> str:
        """Return the message of the first page, to which an invalid token leads back."""
        page = desk.browser.post(LOGIN, {"token": desk.token, "code": code, **data}, follow=True)
        assert page.redirect_chain == [(LOGIN, 302)]
        assert 'name="password"' in page.content.decode()
        assert not desk.is_inside
        return said(page)

    def test_works_once(self, desk: Desk, sams_app: App) -> None:
        desk.password()
        desk.answer(code=sams_app.code())
        second = Desk(token=desk.token)
        assert self.refused(second, sams_app.next_code()) == REFUSED

    def test_expires_after_five_minutes(self, desk: Desk, sams_app: App) -> None:
        desk.password()
        expires_at = read_step_token(desk.token).expires_at
        assert (expires_at - timezone.now()).total_seconds() == pytest.approx(300, abs=10)
        sams_app.clock.now = expires_at.timestamp()
        with frozen_clock(expires_at):
            assert self.refused(desk, sams_app.code()) == REFUSED

    @pytest.mark.parametrize("token", ["", "rubbish", "a.b.c", "\x00", "é", "9" * 100_000])
    def test_rubbish(self, desk: Desk, sams_app: App, token: str) -> None:
        desk.token = token
        assert self.refused(desk, sams_app.code()) == REFUSED

    def test_a_challenge_of_the_api_is_rejected(self, desk: Desk, sams_app: App, api: Api) -> None:
        desk.token = challenge(api, "sam")["token"]
        assert self.refused(desk, sams_app.code()) == REFUSED

    def test_a_challenge_of_the_admin_is_rejected_by_the_api(
        self, desk: Desk, sams_app: App, api: Api
    ) -> None:
        desk.password()
        response = api("POST", "/login", answer(desk.token, "totp", sams_app.code()))
        assert response.status_code == 401
        assert api("GET", "/users/me/sessions", token=desk.token).status_code == 401

    def test_of_a_user_banned_in_the_meantime(self, desk: Desk, staff: Any, sams_app: App) -> None:
        desk.password()
        staff.is_active = False
        staff.save()
        page = desk.answer(code=sams_app.code())
        assert page.context["form"].errors == {"code": [REFUSED]}

    def test_of_a_user_who_is_no_longer_staff(self, desk: Desk, staff: Any, sams_app: App) -> None:
        desk.password()
        staff.is_staff = False
        staff.save()
        desk.answer(code=sams_app.code())
        assert "_auth_user_id" not in desk.browser.session

    def test_of_a_user_whose_factors_were_removed_in_the_meantime(
        self, desk: Desk, staff: Any, sams_app: App
    ) -> None:
        desk.password()
        SecondFactor.objects.all().delete()
        BackupCode.objects.all().delete()
        assert self.refused(desk, sams_app.code()) == REFUSED


class TestCredential:
    @pytest.fixture
    def key(self, staff: Any, enrol_key: Callable[..., Authenticator]) -> Authenticator:
        return enrol_key(staff)

    def respond(self, desk: Desk, key: Authenticator, page: Any) -> Any:
        return desk.answer(response=json.dumps(key.get(page.context["options"])))

    def test_the_right_answer_opens_the_admin(
        self, desk: Desk, staff: Any, key: Authenticator
    ) -> None:
        page = desk.password()
        text = page.content.decode()
        assert 'src="/static/second_factors/credential.js"' in text
        assert '<script id="credential-options" type="application/json">' in text
        assert self.respond(desk, key, page)["Location"] == INDEX
        assert desk.is_inside
        passed = {"purpose": "admin login", "type": "webauthn"}
        assert on_record(Kind.CHALLENGE_PASSED) == [(Kind.CHALLENGE_PASSED, staff.pk, passed)]

    def test_after_a_wrong_code_it_answers_the_same_challenge(
        self, desk: Desk, key: Authenticator
    ) -> None:
        first = desk.password()
        again = desk.look(desk.answer(code="wrong"))
        assert again.context["options"] == first.context["options"]
        self.respond(desk, key, again)
        assert desk.is_inside

    def test_without_backup_codes_no_code_is_requested(
        self, desk: Desk, key: Authenticator
    ) -> None:
        assert 'name="code"' in desk.password().content.decode()
        BackupCode.objects.all().delete()
        page = desk.password()
        assert 'name="code"' not in page.content.decode()
        desk.answer(code="123456")
        assert not desk.is_inside

    def test_of_another_origin(self, desk: Desk, key: Authenticator) -> None:
        key.origin = "http://localhost.example.com"
        assert self.respond(desk, key, desk.password()).context["form"].errors == {
            "code": [REFUSED]
        }
        assert not desk.is_inside

    def test_of_somebody_else(
        self, desk: Desk, key: Authenticator, ann: Any, enrol_key: Callable[..., Authenticator]
    ) -> None:
        self.respond(desk, enrol_key(ann), desk.password())
        assert not desk.is_inside

    def test_to_another_challenge(self, desk: Desk, key: Authenticator) -> None:
        page = desk.password()
        desk.password()
        self.respond(desk, key, page)
        assert not desk.is_inside


def test_logs_contain_no_secrets(
    desk: Desk, sams_app: App, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    desk.password(password="not my password")
    desk.password()
    desk.answer(code="654321")
    assert not any(secret in caplog.text for secret in ("not my", PASSWORD, "654321", desk.token))
