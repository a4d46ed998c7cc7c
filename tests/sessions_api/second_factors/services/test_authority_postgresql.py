"""Pending operations of a hijacker while the account is secured.

Each is authorized, and then waits for the locked account. In the meantime the hijacker loses
access, so the operation must fail.
"""

from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password

from sessions_api.models import AuditEvent, UserSession
from sessions_api.second_factors.models import BackupCode, SecondFactor
from sessions_api.services.audit import Actor
from sessions_api.services.bans import set_banned
from sessions_api.services.securing import password_mark, secure_account
from sessions_api.services.sessions import end_sessions
from tests.api import Api, Login
from tests.browser import browser_of
from tests.cast import PASSWORD
from tests.held_up import Action, held_up
from tests.sessions_api.second_factors.authenticator import Authenticator
from tests.sessions_api.second_factors.challenges import FACTORS, answer, by_code, challenge
from tests.sessions_api.second_factors.totp import App

pytestmark = pytest.mark.django_db(transaction=True)

STAFF = Actor(name="the staff on duty")
REVERIFIED = {"password": PASSWORD}


def secure(user: Any) -> None:
    secure_account(user, actor=STAFF, reason="hijacked", mark=password_mark(user))


def end_everything(user: Any) -> None:
    end_sessions(UserSession.objects.all(), actor=STAFF, owner=user)


def change_password(user: Any) -> None:
    get_user_model().objects.filter(pk=user.pk).update(password=make_password("another one"))


def ban(user: Any) -> None:
    set_banned(user, True, actor=STAFF)


@dataclass
class Hijacker:
    """A hijacker with Ann's session and password, before or after her first factor."""

    login: Login
    app: App | None

    def reverified(self, method: str, path: str, **body: Any) -> Action:
        """Prepare a request that is reverified by the password and, if required, a code."""
        given: dict[str, Any] = REVERIFIED
        if self.app:
            asked = self.login.api(method, path, REVERIFIED | body).json()
            given = by_code(asked, self.app.next_code())
        return lambda: self.login.api(method, path, given | body)


@pytest.fixture
def before(me: Login) -> Hijacker:
    """A hijacker of an account without a factor."""
    return Hijacker(me, None)


@pytest.fixture
def after(me: Login, anns_app: App) -> Hijacker:
    """A hijacker who has the secret of the enrolled app."""
    return Hijacker(me, anns_app)


def confirm_totp(hijacker: Hijacker, clock: Any) -> Action:
    begun = hijacker.login.api("POST", f"{FACTORS}/totp", REVERIFIED).json()
    body = {"token": begun["token"], "name": "x", "code": App(begun["secret"], clock).code()}
    return lambda: hijacker.login.api("POST", f"{FACTORS}/totp/confirm", body)


def confirm_webauthn(hijacker: Hijacker, clock: Any) -> Action:
    begun = hijacker.login.api("POST", f"{FACTORS}/webauthn", REVERIFIED).json()
    body = {"token": begun["token"], "name": "x", "response": Authenticator().create(begun)}
    return lambda: hijacker.login.api("POST", f"{FACTORS}/webauthn/confirm", body)


def mint(hijacker: Hijacker, clock: Any) -> Action:
    return hijacker.reverified("POST", "/users/me/sessions", name="x", permissionFlags=1)


def begin_totp(hijacker: Hijacker, clock: Any) -> Action:
    return hijacker.reverified("POST", f"{FACTORS}/totp")


def begin_webauthn(hijacker: Hijacker, clock: Any) -> Action:
    return hijacker.reverified("POST", f"{FACTORS}/webauthn")


def renew_backup_codes(hijacker: Hijacker, clock: Any) -> Action:
    return hijacker.reverified("POST", f"{FACTORS}/backup")


def remove(hijacker: Hijacker, clock: Any) -> Action:
    assert hijacker.app
    assert hijacker.app.factor
    return hijacker.reverified("DELETE", f"{FACTORS}/{hijacker.app.factor.pk}")


def remove_all(hijacker: Hijacker, clock: Any) -> Action:
    return hijacker.reverified("DELETE", f"{FACTORS}/all")


BEFORE = [confirm_totp, confirm_webauthn, begin_totp, begin_webauthn, mint]
AFTER = [begin_totp, begin_webauthn, renew_backup_codes, remove, remove_all, mint]
CODES = {"INVALID_SESSION_ERROR", "INVALID_PASSWORD_ERROR", "INVALID_SECOND_FACTOR_RESPONSE_ERROR"}


def kept() -> tuple[Any, ...]:
    """Return everything that an operation might change."""
    return (
        list(SecondFactor.objects.values_list("pk", "last_used_at")),
        sorted(BackupCode.objects.values_list("digest", flat=True)),
        UserSession.objects.filter(permission_flags__isnull=False).count(),
        AuditEvent.objects.filter(kind__in=["factor_enrolled", "challenge_passed"]).count(),
    )


@pytest.mark.parametrize("meanwhile", [secure, change_password])
@pytest.mark.parametrize("operation", BEFORE)
def test_operations_without_a_factor(
    before: Hijacker, clock: Any, operation: Any, meanwhile: Any
) -> None:
    prepared, was = operation(before, clock), kept()
    response = held_up(prepared, meanwhile, before.login.user)
    assert response.status_code == 401, response.json()
    assert response.json()["code"] in CODES
    assert kept() == was


@pytest.mark.parametrize("operation", BEFORE)
def test_operations_of_an_ended_session(before: Hijacker, clock: Any, operation: Any) -> None:
    prepared, was = operation(before, clock), kept()
    response = held_up(prepared, end_everything, before.login.user)
    assert (response.status_code, response.json()["code"]) == (401, "INVALID_SESSION_ERROR")
    assert kept() == was


@pytest.mark.parametrize("operation", BEFORE)
def test_operations_of_a_banned_user(before: Hijacker, clock: Any, operation: Any) -> None:
    prepared, was = operation(before, clock), kept()
    response = held_up(prepared, ban, before.login.user)
    assert (response.status_code, response.json()["code"]) == (403, "BANNED_ERROR")
    assert kept() == was


@pytest.mark.parametrize("meanwhile", [secure, change_password])
@pytest.mark.parametrize("operation", AFTER)
def test_operations_with_a_factor(
    after: Hijacker, clock: Any, operation: Any, meanwhile: Any
) -> None:
    prepared, was = operation(after, clock), kept()
    response = held_up(prepared, meanwhile, after.login.user)
    assert response.status_code == 401, response.json()
    assert response.json()["code"] in CODES
    assert kept() == was


@pytest.mark.parametrize("kind", ["totp", "backup"])
@pytest.mark.parametrize("meanwhile", [secure, change_password])
def test_a_login_that_answers_a_challenge(
    ann: Any, anns_app: App, kind: str, meanwhile: Any
) -> None:
    assert anns_app.backup_codes
    code = anns_app.next_code() if kind == "totp" else anns_app.backup_codes[0]
    body, was = answer(challenge(Api())["token"], kind, code), kept()
    response = held_up(lambda: Api()("POST", "/login", body), meanwhile, ann)
    assert response.status_code == 401
    assert response.json()["code"] == "INVALID_SECOND_FACTOR_RESPONSE_ERROR"
    assert kept() == was
    assert not UserSession.objects.exists()


class TestStaff:
    """The hijacked account is a staff user's, and is used to remove Ann's factor."""

    @pytest.mark.parametrize("meanwhile", [secure, end_everything, ban])
    def test_over_rest(self, boss: Login, ann: Any, anns_app: App, meanwhile: Any) -> None:
        path = f"/users/{ann.pk}/2fa/all"
        response = held_up(
            lambda: boss.api("DELETE", path, REVERIFIED), lambda _: meanwhile(boss.user), ann
        )
        assert response.status_code in {401, 403}
        assert SecondFactor.objects.exists()

    @pytest.mark.parametrize("meanwhile", [secure, ban])
    def test_in_the_admin(self, staff: Any, ann: Any, anns_app: App, meanwhile: Any) -> None:
        staff.is_superuser = True
        staff.save()
        desk = browser_of(staff)
        path = f"/admin/second_factors/secondfactor/of/{ann.pk}/remove/"
        posted = {"confirmed": "yes", "reason": "x"}
        response = held_up(lambda: desk.post(path, posted), lambda _: meanwhile(staff), ann)
        assert response.status_code == 403
        assert SecondFactor.objects.exists()

    def test_securing_an_account_while_the_actors_is_secured(
        self, make_user: Any, ann: Any
    ) -> None:
        hijacked = make_user("kim", is_staff=True, is_superuser=True)
        desk = browser_of(hijacked)
        posted = {"reason": "x", "password": "unusable", "mark": password_mark(ann)}
        path = f"/admin/cumulonimbus/user/{ann.pk}/secure/"
        response = held_up(lambda: desk.post(path, posted), lambda _: secure(hijacked), ann)
        assert response.status_code == 403
        ann.refresh_from_db()
        assert ann.check_password(PASSWORD)
