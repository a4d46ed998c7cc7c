"""Rejected answers: replayed, of other users, expired and malformed."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sessions_api.callers.clients import Client
from sessions_api.exceptions import InvalidSecondFactorResponse
from sessions_api.models import UserSession
from sessions_api.second_factors.models import SpentToken
from sessions_api.services.second_factors import LOGIN, ChallengeAnswered, second_factors
from sessions_api.testing import frozen_clock
from tests.api import Api, Login
from tests.cast import PASSWORD
from tests.sessions_api.second_factors.authenticator import A_RESPONSE, garbled
from tests.sessions_api.second_factors.challenges import (
    FACTORS,
    INVALID_METHOD,
    INVALID_RESPONSE,
    answer,
    by_code,
    challenge,
)
from tests.sessions_api.second_factors.totp import App

pytestmark = pytest.mark.django_db

REVERIFIED = {"password": PASSWORD}


def refuses(response: Any, status: int = 401) -> bool:
    return (response.status_code, response.json()) == (status, INVALID_RESPONSE)


class TestReplay:
    @pytest.mark.parametrize("is_answered", [False, True])
    def test_an_answered_challenge_is_told_from_an_open_one(
        self, api: Api, anns_app: App, is_answered: bool
    ) -> None:
        asked = challenge(api)
        if is_answered:
            api("POST", "/login", by_code(asked, anns_app.next_code()))
        wrong = by_code(asked, "000000")["2fa"]
        with pytest.raises(InvalidSecondFactorResponse) as refusal:
            second_factors().verify_challenge(wrong, purpose=LOGIN, client=Client("192.0.2.1", ""))
        assert isinstance(refusal.value, ChallengeAnswered) is is_answered

    def test_a_code_in_two_challenges(self, api: Api, anns_app: App) -> None:
        first, second = challenge(api), challenge(api)
        code = anns_app.next_code()
        assert api("POST", "/login", by_code(first, code)).status_code == 201
        assert refuses(api("POST", "/login", by_code(second, code)))
        assert UserSession.objects.count() == 1

    def test_a_code_older_than_the_last_one(self, api: Api, anns_app: App) -> None:
        first, second = challenge(api), challenge(api)
        older = anns_app.next_code()
        assert api("POST", "/login", by_code(first, anns_app.code(steps=1))).status_code == 201
        assert refuses(api("POST", "/login", by_code(second, older)))

    def test_the_code_of_the_enrolment(self, api: Api, anns_app: App) -> None:
        assert refuses(api("POST", "/login", by_code(challenge(api), anns_app.code())))

    def test_a_challenge_with_two_codes(self, api: Api, anns_app: App) -> None:
        asked = challenge(api)
        assert api("POST", "/login", by_code(asked, anns_app.next_code())).status_code == 201
        assert refuses(api("POST", "/login", by_code(asked, anns_app.next_code())))
        assert anns_app.backup_codes
        backup = answer(asked["token"], "backup", anns_app.backup_codes[0])
        assert refuses(api("POST", "/login", backup))
        # The refused code has not been used up.
        fresh = answer(challenge(api)["token"], "backup", anns_app.backup_codes[0])
        assert api("POST", "/login", fresh).status_code == 201

    def test_a_backup_code_in_two_challenges(self, api: Api, anns_app: App) -> None:
        assert anns_app.backup_codes
        code = anns_app.backup_codes[0]
        bodies = [answer(challenge(api)["token"], "backup", code) for _ in range(2)]
        assert api("POST", "/login", bodies[0]).status_code == 201
        assert refuses(api("POST", "/login", bodies[1]))

    def test_a_challenge_stays_valid_after_a_wrong_answer(self, api: Api, anns_app: App) -> None:
        asked = challenge(api)
        assert refuses(api("POST", "/login", by_code(asked, anns_app.wrong_code())))
        enrolment_token = SpentToken.objects.get()
        assert api("POST", "/login", by_code(asked, anns_app.next_code())).status_code == 201
        assert SpentToken.objects.exclude(pk=enrolment_token.pk).count() == 1


class TestOtherUsers:
    @pytest.fixture
    def bobs_app(self, bob: Any, enrol_app: Callable[..., App]) -> App:
        return enrol_app(bob)

    def test_the_code_of_another_user(self, api: Api, anns_app: App, bobs_app: App) -> None:
        asked = challenge(api)
        assert refuses(api("POST", "/login", by_code(asked, bobs_app.next_code())))
        assert bobs_app.backup_codes
        backup = answer(asked["token"], "backup", bobs_app.backup_codes[0])
        assert refuses(api("POST", "/login", backup))
        assert not UserSession.objects.exists()

    def test_the_reverification_of_another_user(
        self, me: Login, bobs: Login, anns_app: App, bobs_app: App
    ) -> None:
        path = f"{FACTORS}/all"
        asked = bobs.api("DELETE", path, REVERIFIED).json()
        for app in (anns_app, bobs_app):
            assert refuses(me.api("DELETE", path, by_code(asked, app.next_code())))
        assert me.api("GET", FACTORS).json()["count"] == 1


class TestExpired:
    def test_a_challenge_is_valid_until_its_exp(self, api: Api, anns_app: App) -> None:
        asked = challenge(api)
        body = by_code(asked, anns_app.next_code())
        with frozen_clock(datetime.fromtimestamp(asked["exp"], UTC)) as clock:
            assert refuses(api("POST", "/login", body))
            clock.advance(timedelta(milliseconds=-1))
            assert api("POST", "/login", body).status_code == 201


class TestMalformed:
    @pytest.mark.parametrize(
        "body",
        [
            None,
            True,
            7,
            "totp",
            [],
            {},
            {"type": "totp", "code": "123456"},
            {"token": None, "type": "totp", "code": "123456"},
            {"token": ["x"], "type": "totp", "code": "123456"},
            {"token": "x", "code": "123456"},
            {"token": "x", "type": 1, "code": "123456"},
            {"token": "x", "type": "totp"},
            {"token": "x", "type": "totp", "code": 123456},
            {"token": "x", "type": "totp", "code": None},
            {"token": "x", "type": "totp", "response": {"id": "x"}},
            {"token": "x", "type": "webauthn"},
            {"token": "x", "type": "webauthn", "code": "123456"},
            {"token": "x", "type": "webauthn", "response": "x"},
            {"token": "x", "type": "webauthn", "response": {}},
            {"token": "x", "type": "webauthn", "response": {"id": 7}},
            {"token": "x", "type": "webauthn", "response": {"id": "a\x00b"}},
            *({"token": "x", "type": "webauthn", "response": one} for one in garbled(A_RESPONSE)),
            {"token": "x", "type": "totp", "code": "a\x00b"},
            {"token": "x", "type": "backup", "code": "\ud800"},
            {"token": "\ud800", "type": "totp", "code": "123456"},
        ],
    )
    def test_an_invalid_answer(self, api: Api, anns_app: App, body: Any) -> None:
        if isinstance(body, dict) and body.get("token") == "x":
            body = body | {"token": challenge(api)["token"]}
        assert refuses(api("POST", "/login", {"2fa": body}), 400)

    def test_in_a_form(self, api: Api, anns_app: App) -> None:
        form = "2fa=totp&rememberMe=true"
        response = api("POST", "/login", form, content_type="application/x-www-form-urlencoded")
        assert refuses(response, 400)

    @pytest.mark.parametrize("kind", ["webauthn", "sms", "TOTP", "", "login"])
    def test_a_type_that_the_user_does_not_have(self, api: Api, anns_app: App, kind: str) -> None:
        proof = A_RESPONSE if kind == "webauthn" else anns_app.next_code()
        response = api("POST", "/login", answer(challenge(api)["token"], kind, proof))
        assert (response.status_code, response.json()) == (400, INVALID_METHOD)

    @pytest.mark.parametrize("code", ["", " ", "12345", "1234567", "12 456", "x" * 100_000])
    @pytest.mark.parametrize("kind", ["totp", "backup"])
    def test_an_invalid_code(self, api: Api, anns_app: App, kind: str, code: str) -> None:
        assert refuses(api("POST", "/login", answer(challenge(api)["token"], kind, code)))
