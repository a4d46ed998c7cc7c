"""Encryption of secrets at rest, and key rotation."""

import logging
from base64 import b32decode
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.apps import apps

from sessions_api.second_factors.models import SecondFactor
from sessions_api.second_factors.services import encryption, enrolment
from sessions_api.services.audit import Actor
from tests.api import Api, Login
from tests.cast import PASSWORD
from tests.sessions_api.second_factors.authenticator import Authenticator, base64url
from tests.sessions_api.second_factors.challenges import (
    FACTORS,
    INVALID_RESPONSE,
    answer,
    by_code,
    challenge,
)
from tests.sessions_api.second_factors.totp import App, Clock

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()

SetKeys = Callable[..., None]


def _set_encryption_keys(settings: Any, *keys: str) -> None:
    settings.SESSIONS_API = settings.SESSIONS_API | {"ENCRYPTION_KEYS": keys}


def _set_secret_keys(settings: Any, *keys: str) -> None:
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = keys[0], list(keys[1:])


@pytest.fixture(params=[_set_encryption_keys, _set_secret_keys], ids=["own keys", "SECRET_KEY"])
def set_keys(request: pytest.FixtureRequest, settings: Any) -> SetKeys:
    """Return a function that sets the encryption keys, in both possible ways."""
    return lambda *keys: request.param(settings, *keys)


def log_in(proof: str, kind: str = "totp") -> int:
    api = Api()
    return api("POST", "/login", answer(challenge(api)["token"], kind, proof)).status_code


class TestKeys:
    def test_encrypted_secrets_can_be_decrypted(self, set_keys: SetKeys) -> None:
        set_keys(OLD)
        text = encryption.encrypt(b"secret")
        assert encryption.decrypt(text) == b"secret"
        assert "secret" not in text
        assert encryption.encrypt(b"secret") != text

    def test_the_first_key_encrypts_and_all_decrypt(self, set_keys: SetKeys) -> None:
        set_keys(OLD)
        text = encryption.encrypt(b"secret")
        set_keys(NEW, OLD)
        assert encryption.decrypt(text) == b"secret"
        again = encryption.reencrypt(text)
        set_keys(NEW)
        assert encryption.decrypt(again) == b"secret"
        for use in (encryption.decrypt, encryption.reencrypt):
            with pytest.raises(encryption.DecryptionError):
                use(text)

    @pytest.mark.parametrize("text", ["", "x", "gAAAAA==", "x" * 1000])
    def test_texts_that_are_not_encrypted(self, set_keys: SetKeys, text: str) -> None:
        set_keys(OLD)
        with pytest.raises(encryption.DecryptionError):
            encryption.decrypt(text)

    def test_digests(self, set_keys: SetKeys) -> None:
        set_keys(OLD)
        old, *_ = encryption.digests("a code")
        set_keys(NEW, OLD)
        new, kept, *_ = encryption.digests("a code")
        assert kept == old != new
        assert len(new) == 64
        assert not {new, kept} & set(encryption.digests("another"))

    def test_explicit_keys_precede_the_secret_key(self, settings: Any) -> None:
        _set_secret_keys(settings, "some secret")
        before = encryption.encrypt(b"secret")
        _set_encryption_keys(settings, OLD)
        after = encryption.encrypt(b"secret")
        # A host may introduce keys at any time.
        assert encryption.decrypt(before) == b"secret"
        _set_secret_keys(settings, "another")
        assert encryption.decrypt(after) == b"secret"
        with pytest.raises(encryption.DecryptionError):
            encryption.decrypt(before)


@pytest.mark.django_db
class TestRotation:
    def test_factors_and_backup_codes_work_with_a_new_key(
        self, ann: Any, set_keys: SetKeys, enrol_app: Any, enrol_key: Any
    ) -> None:
        set_keys(OLD)
        app, key = enrol_app(ann), enrol_key(ann)
        set_keys(NEW, OLD)
        assert log_in(app.next_code()) == 201
        assert log_in(app.backup_codes[0], "backup") == 201
        api = Api()
        asked = challenge(api)
        proof = key.get(asked["challenge"])
        assert api("POST", "/login", answer(asked["token"], "webauthn", proof)).status_code == 201

    def test_a_reencrypted_secret_does_not_need_the_old_key(
        self, ann: Any, set_keys: SetKeys, enrol_app: Any
    ) -> None:
        set_keys(OLD)
        app = enrol_app(ann)
        set_keys(NEW, OLD)
        factor = SecondFactor.objects.get()
        factor.secret = encryption.reencrypt(factor.secret)
        factor.save()
        set_keys(NEW)
        assert log_in(app.next_code()) == 201

    def test_without_the_old_key_answers_are_wrong(
        self, ann: Any, set_keys: SetKeys, enrol_app: Any, enrol_key: Any
    ) -> None:
        set_keys(OLD)
        app, key = enrol_app(ann), enrol_key(ann)
        set_keys(NEW)
        assert log_in(app.next_code()) == 401
        assert log_in(app.backup_codes[0], "backup") == 401
        api = Api()
        asked = challenge(api)
        proof = key.get(asked["challenge"])
        response = api("POST", "/login", answer(asked["token"], "webauthn", proof))
        assert (response.status_code, response.json()) == (401, INVALID_RESPONSE)
        # A factor that can be decrypted works beside those that cannot.
        assert log_in(enrol_app(ann).next_code()) == 201

    def test_an_enrolment_whose_key_has_been_removed(
        self, me: Login, set_keys: SetKeys, clock: Clock
    ) -> None:
        set_keys(OLD)
        begun = enrolment.begin_totp(Actor(user=me.user))
        set_keys(NEW)
        code = App(begun["secret"], clock).code()
        body = {"token": begun["token"], "name": "x", "code": code}
        response = me.api("POST", f"{FACTORS}/totp/confirm", body)
        assert (response.status_code, response.json()) == (401, INVALID_RESPONSE)


def everything_kept() -> str:
    """Return all rows of all tables as text."""
    models = apps.get_models(include_auto_created=True)
    return "\n".join(str(row) for model in models for row in model._base_manager.values_list())


@pytest.mark.django_db
def test_secrets_are_neither_stored_nor_logged_in_plain_text(
    me: Login, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    path = f"{FACTORS}/totp"
    begun = me.api("POST", path, {"password": PASSWORD}).json()
    app = App(begun["secret"], clock)
    body = {"token": begun["token"], "name": "x", "code": app.code()}
    codes = me.api("POST", f"{path}/confirm", body).json()["backupCodes"]

    asked = challenge(Api())
    shown = [app.code(), app.wrong_code(), app.next_code()]
    for code in shown:
        Api()("POST", "/login", by_code(asked, code))
    opened = Api()("POST", "/login", answer(challenge(Api())["token"], "backup", codes[0])).json()
    again = me.api("POST", f"{FACTORS}/backup", {"password": PASSWORD}).json()
    key = Authenticator()
    begun_key = enrolment.begin_webauthn(Actor(user=me.user))
    me.api(
        "POST",
        f"{FACTORS}/webauthn/confirm",
        {"token": begun_key["token"], "name": "x", "response": key.create(begun_key)},
    )
    renewed = me.api("POST", f"{FACTORS}/backup", by_code(again, app.next_code())).json()["codes"]

    secret = b32decode(begun["secret"])
    numbers = key.key.public_key().public_numbers()
    secrets = [
        begun["secret"],
        secret.hex(),
        repr(secret)[2:-1],
        base64url(secret),
        base64url(numbers.x.to_bytes(32, "big")),
        *codes,
        *renewed,
    ]
    tokens = [begun["token"], asked["token"], again["token"], begun_key["token"], opened["token"]]
    kept = everything_kept()
    assert str(me.session.jti) in kept
    assert [one for one in (*secrets, *tokens, PASSWORD) if one in kept] == []
    assert "Unauthorized" in caplog.text
    assert [one for one in (*secrets, *tokens, *shown, PASSWORD) if one in caplog.text] == []
