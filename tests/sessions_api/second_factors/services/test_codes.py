"""Typed codes are normalized at every endpoint."""

from collections.abc import Callable
from typing import Any

import pytest

from sessions_api.second_factors.services import enrolment
from sessions_api.second_factors.services.codes import ALPHABET, MAX_TYPED, normalise_code
from sessions_api.services.audit import Actor
from tests.api import Api, Login
from tests.cast import PASSWORD
from tests.sessions_api.second_factors.challenges import (
    FACTORS,
    INVALID_RESPONSE,
    answer,
    challenge,
)
from tests.sessions_api.second_factors.totp import App
from tests.sessions_api.second_factors.typed_codes import TYPED


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("123 456", "123456"),
        ("123-456", "123456"),
        ("１２３　４５６", "123456"),  # noqa: RUF001
        ("1\u22122\u00ad3", "123"),
        (" ABCDE-FGHJK ", "abcdefghjk"),
        ("oO iI lL", "001111"),
        ("ＡＢ", "ab"),  # noqa: RUF001
        ("", ""),
        ("- -", ""),
        ("u~é", "u~é"),
        ("1\x002", None),
        ("\ud800", None),
        ("1" * (MAX_TYPED + 1), ""),
        (" " * 10_000_000 + "1", ""),
    ],
)
def test_normalization(typed: str, meant: str | None) -> None:
    assert normalise_code(typed) == meant


def test_generated_codes_are_already_normalized() -> None:
    assert normalise_code(ALPHABET) == ALPHABET


@pytest.mark.django_db
@pytest.mark.parametrize("typed", TYPED)
class TestEndpoints:
    def test_a_login_accepts_typed_codes(
        self, api: Api, anns_app: App, typed: Callable[[str], str]
    ) -> None:
        body = answer(challenge(api)["token"], "totp", typed(anns_app.next_code()))
        assert api("POST", "/login", body).status_code == 201

    def test_a_reverification_accepts_typed_codes(
        self, me: Login, anns_app: App, typed: Callable[[str], str]
    ) -> None:
        path = f"{FACTORS}/all"
        asked = me.api("DELETE", path, {"password": PASSWORD}).json()
        body = answer(asked["token"], "totp", typed(anns_app.next_code()))
        assert me.api("DELETE", path, body).status_code == 200

    def test_an_enrolment_accepts_typed_codes(
        self, me: Login, clock: Any, typed: Callable[[str], str]
    ) -> None:
        begun = me.api("POST", f"{FACTORS}/totp", {"password": PASSWORD}).json()
        code = typed(App(begun["secret"], clock).code())
        body = {"token": begun["token"], "name": "x", "code": code}
        assert me.api("POST", f"{FACTORS}/totp/confirm", body).status_code == 201

    def test_a_login_accepts_typed_backup_codes(
        self, api: Api, anns_app: App, typed: Callable[[str], str]
    ) -> None:
        assert anns_app.backup_codes
        body = answer(challenge(api)["token"], "backup", typed(anns_app.backup_codes[0]).upper())
        assert api("POST", "/login", body).status_code == 201


@pytest.mark.django_db
@pytest.mark.parametrize("code", ["\x00", "123\x00456", "\ud800"])
def test_a_malformed_code_is_not_an_attempt(api: Api, anns_app: App, code: str) -> None:
    for kind in ("totp", "backup"):
        response = api("POST", "/login", answer(challenge(api)["token"], kind, code))
        assert (response.status_code, response.json()) == (400, INVALID_RESPONSE)


@pytest.mark.django_db
def test_a_very_long_code_is_refused_at_enrolment(me: Login) -> None:
    begun = enrolment.begin_totp(Actor(user=me.user))
    body = {"token": begun["token"], "name": "x", "code": "1" * 1_000_000}
    response = me.api("POST", f"{FACTORS}/totp/confirm", body)
    assert (response.status_code, response.json()) == (401, INVALID_RESPONSE)
