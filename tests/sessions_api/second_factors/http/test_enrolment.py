"""Enrolling an authenticator app in two steps, and what both types of factor have in common."""

import time
from base64 import b32decode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sessions_api.models import AuditEvent, UserSession
from sessions_api.second_factors.models import BackupCode, SecondFactor
from sessions_api.testing import frozen_clock
from tests.api import Api, Login, is_dead
from tests.audit_outage import no_room_for_events
from tests.cast import PASSWORD
from tests.sessions_api.second_factors.authenticator import Authenticator, garbled
from tests.sessions_api.second_factors.challenges import (
    FACTORS,
    INVALID_RESPONSE,
    answer,
    by_code,
    challenge,
)
from tests.sessions_api.second_factors.totp import App, Clock

pytestmark = pytest.mark.django_db

CONFIRM = f"{FACTORS}/totp/confirm"
REVERIFIED = {"password": PASSWORD}


@pytest.fixture
def begin(clock: Clock) -> Callable[..., dict[str, Any]]:
    """Return a function that begins an enrolment, and returns the body that confirms it."""

    def post(login: Login, proof: dict[str, Any] = REVERIFIED) -> dict[str, Any]:
        begun = login.api("POST", f"{FACTORS}/totp", proof).json()
        code = App(begun["secret"], clock).code()
        return {"token": begun["token"], "name": "My phone", "code": code}

    return post


def refuses(response: Any, status: int = 401) -> bool:
    return (response.status_code, response.json()) == (status, INVALID_RESPONSE)


def test_the_first_step(me: Login) -> None:
    before = time.time()
    response = me.api("POST", f"{FACTORS}/totp", REVERIFIED)
    after = time.time()
    assert response.status_code == 200
    body = response.json()
    assert len(b32decode(body.pop("secret"))) == 20
    assert before + 599 <= body.pop("exp") <= after + 600
    assert body.pop("token")
    assert body == {"type": "totp", "algorithm": "SHA1", "digits": 6, "period": 30}
    assert not SecondFactor.objects.exists()


def test_each_enrolment_has_its_own_secret(me: Login) -> None:
    begun = [me.api("POST", f"{FACTORS}/totp", REVERIFIED).json() for _ in range(2)]
    assert begun[0]["secret"] != begun[1]["secret"]


def test_the_second_step(me: Login, begin: Any) -> None:
    response = me.api("POST", CONFIRM, begin(me))
    assert response.status_code == 201
    factor = SecondFactor.objects.get()
    body = response.json()
    codes = body.pop("backupCodes")
    assert body == {"id": factor.pk, "name": "My phone", "type": "totp"}
    assert (factor.user, factor.last_used_at) == (me.user, None)
    assert len(set(codes)) == 10
    assert {len(code) for code in codes} == {10}
    assert all(code.isascii() and code.isalnum() for code in codes)
    assert BackupCode.objects.filter(user=me.user).count() == 10


def test_only_the_first_factor_comes_with_backup_codes(
    me: Login, begin: Any, anns_app: App, anns_key: Authenticator
) -> None:
    asked = me.api("POST", f"{FACTORS}/totp", REVERIFIED).json()
    body = begin(me, by_code(asked, anns_app.next_code()))
    response = me.api("POST", CONFIRM, body)
    assert response.status_code == 201
    assert response.json().keys() == {"id", "name", "type"}
    assert anns_app.backup_codes
    old = answer(challenge(Api())["token"], "backup", anns_app.backup_codes[0])
    assert Api()("POST", "/login", old).status_code == 201


@pytest.mark.parametrize("name", ["x", " x ", "x" * 128, "Büro 💻", "<b>"])
def test_names(me: Login, begin: Any, name: str) -> None:
    response = me.api("POST", CONFIRM, begin(me) | {"name": name})
    assert response.json()["name"] == SecondFactor.objects.get().name == name.strip()


@pytest.mark.parametrize(
    "name", ["", " ", "x" * 129, "a\x00b", "a\nb", "\u200b", "\ud800", None, 7]
)
@pytest.mark.parametrize("kind", ["totp", "webauthn"])
def test_invalid_names(me: Login, kind: str, name: Any) -> None:
    begun = me.api("POST", f"{FACTORS}/{kind}", REVERIFIED).json()
    proof = {"code": "123456", "response": Authenticator().create({"challenge": "AAAA"})}
    body = {"token": begun["token"], "name": name} | proof
    response = me.api("POST", f"{FACTORS}/{kind}/confirm", body)
    assert (response.status_code, response.json()["fields"]) == (400, ["name"])


@pytest.mark.parametrize(("kind", "proof"), [("totp", "code"), ("webauthn", "response")])
@pytest.mark.parametrize("wrong", [None, 7, True, "", [], ["x"], {}])
def test_all_missing_fields_are_named(me: Login, kind: str, proof: str, wrong: Any) -> None:
    path = f"{FACTORS}/{kind}/confirm"
    for body in ({}, {"token": wrong, "name": wrong, proof: wrong}):
        response = me.api("POST", path, body)
        assert (response.status_code, response.json()["fields"]) == (400, ["token", "name", proof])


@pytest.mark.parametrize(
    "rubbish",
    [
        {"x": None},
        {"id": "x", "rawId": "x", "response": {}, "type": "public-key"},
        {"id": "\ud800", "rawId": "\x00", "response": {"clientDataJSON": "\ud800"}},
        {"id": [], "response": [[[]]]},
        {"id": "x" * 100_000},
        *garbled(Authenticator().create({"challenge": "AAAA"})),
    ],
)
def test_a_garbled_response(me: Login, rubbish: dict[str, Any]) -> None:
    begun = me.api("POST", f"{FACTORS}/webauthn", REVERIFIED).json()
    body = {"token": begun["token"], "name": "x", "response": rubbish}
    assert refuses(me.api("POST", f"{FACTORS}/webauthn/confirm", body), 400)
    body["response"] = Authenticator().create(begun)
    assert me.api("POST", f"{FACTORS}/webauthn/confirm", body).status_code == 201


def test_in_a_form(me: Login, begin: Any) -> None:
    form = "&".join(f"{name}={value}" for name, value in begin(me).items())
    response = me.api("POST", CONFIRM, form, content_type="application/x-www-form-urlencoded")
    assert response.status_code == 201
    response = me.api(
        "POST",
        f"{FACTORS}/webauthn/confirm",
        "token=x&name=x&response=x&response.id=x",
        content_type="application/x-www-form-urlencoded",
    )
    assert response.status_code == 400


class TestTokens:
    def test_a_token_stays_valid_after_a_wrong_code(
        self, me: Login, begin: Any, clock: Clock
    ) -> None:
        begun = me.api("POST", f"{FACTORS}/totp", REVERIFIED).json()
        app = App(begun["secret"], clock)
        body = {"token": begun["token"], "name": "x", "code": app.wrong_code()}
        assert refuses(me.api("POST", CONFIRM, body))
        assert not SecondFactor.objects.exists()
        assert not BackupCode.objects.exists()
        assert me.api("POST", CONFIRM, body | {"code": app.code()}).status_code == 201

    def test_a_token_can_be_used_once(self, me: Login, begin: Any) -> None:
        body = begin(me)
        assert me.api("POST", CONFIRM, body).status_code == 201
        assert refuses(me.api("POST", CONFIRM, body))
        assert SecondFactor.objects.count() == 1

    def test_a_token_of_another_user(self, me: Login, bobs: Login, begin: Any) -> None:
        body = begin(bobs)
        assert refuses(me.api("POST", CONFIRM, body))
        assert bobs.api("POST", CONFIRM, body).status_code == 201

    def test_another_session_of_the_user_may_confirm(
        self, me: Login, other: Login, begin: Any
    ) -> None:
        assert other.api("POST", CONFIRM, begin(me)).status_code == 201

    def test_a_new_password_invalidates_a_token(
        self, ann: Any, log_in: Callable[..., Login], begin: Any
    ) -> None:
        """Also if its owner uses it with a session that began with the new password."""
        body = begin(log_in(ann))
        ann.set_password("another one entirely")
        ann.save()
        again = log_in(ann)
        assert refuses(again.api("POST", CONFIRM, body))
        assert not SecondFactor.objects.exists()

    def test_a_token_is_valid_until_its_exp(self, me: Login, clock: Clock) -> None:
        begun = me.api("POST", f"{FACTORS}/totp", REVERIFIED).json()
        body = {
            "token": begun["token"],
            "name": "x",
            "code": App(begun["secret"], clock).code(),
        }
        with frozen_clock(datetime.fromtimestamp(begun["exp"], UTC)) as tokens_clock:
            assert refuses(me.api("POST", CONFIRM, body))
            tokens_clock.advance(timedelta(milliseconds=-1))
            assert me.api("POST", CONFIRM, body).status_code == 201


class TestOtherSessions:
    @pytest.mark.parametrize(
        ("query", "ends"),
        [
            ("", False),
            ("?end-other-sessions=false", False),
            ("?end-other-sessions=", False),
            ("?end-other-sessions=true", True),
        ],
    )
    def test_they_are_ended_on_request(
        self, me: Login, other: Login, bobs: Login, begin: Any, query: str, ends: bool
    ) -> None:
        assert me.api("POST", CONFIRM + query, begin(me)).status_code == 201
        assert (is_dead(me), is_dead(other), is_dead(bobs)) == (False, ends, False)

    def test_they_are_not_ended_if_nothing_was_enrolled(
        self, me: Login, other: Login, begin: Any
    ) -> None:
        body = begin(me) | {"code": "x"}
        assert refuses(me.api("POST", f"{CONFIRM}?end-other-sessions=true", body))
        assert not is_dead(other)

    def test_nothing_is_enrolled_if_they_cannot_be_ended(
        self, me: Login, other: Login, begin: Any
    ) -> None:
        body = begin(me)
        with no_room_for_events(AuditEvent.Kind.SESSIONS_ENDED):
            response = me.api("POST", f"{CONFIRM}?end-other-sessions=true", body)
            assert response.status_code == 500
        assert not SecondFactor.objects.exists()
        assert not BackupCode.objects.exists()
        assert UserSession.objects.count() == 2
        assert me.api("POST", CONFIRM, body).status_code == 201


class TestBackupCodes:
    def test_new_codes_replace_the_old_ones(self, me: Login, anns_app: App) -> None:
        asked = me.api("POST", f"{FACTORS}/backup", REVERIFIED).json()
        response = me.api("POST", f"{FACTORS}/backup", by_code(asked, anns_app.next_code()))
        assert response.status_code == 200
        assert response.json().keys() == {"codes"}
        codes = response.json()["codes"]
        assert len(set(codes)) == 10
        assert anns_app.backup_codes
        assert not set(codes) & set(anns_app.backup_codes)
        stranger = Api()
        asked = challenge(stranger)
        for old in anns_app.backup_codes:
            assert refuses(stranger("POST", "/login", answer(asked["token"], "backup", old)))
        body = answer(asked["token"], "backup", codes[0])
        assert stranger("POST", "/login", body).status_code == 201

    def test_they_require_a_factor(self, me: Login) -> None:
        response = me.api("POST", f"{FACTORS}/backup", REVERIFIED)
        assert (response.status_code, response.json()) == (
            401,
            {
                "code": "ENDPOINT_REQUIRES_SECOND_FACTOR_ERROR",
                "message": "Endpoint Requires Second Factor",
            },
        )
        assert not BackupCode.objects.exists()
