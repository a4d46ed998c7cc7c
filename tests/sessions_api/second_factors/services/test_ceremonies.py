"""WebAuthn: enrolling a credential, and logging in with it."""

from base64 import urlsafe_b64decode
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from sessions_api.models import UserSession
from sessions_api.second_factors.models import SecondFactor
from sessions_api.second_factors.services import enrolment
from sessions_api.second_factors.services.ceremonies import user_handle
from sessions_api.services.audit import Actor
from tests.api import Api, Login
from tests.cast import PASSWORD
from tests.sessions_api.second_factors.authenticator import Authenticator, base64url
from tests.sessions_api.second_factors.challenges import (
    FACTORS,
    INVALID_RESPONSE,
    answer,
    challenge,
)

pytestmark = pytest.mark.django_db

EnrolKey = Callable[..., Authenticator]

#: Invalid values that an authenticator, or the page that uses it, could send.
LIES: dict[str, dict[str, Any]] = {
    "origin": {"origin": "http://localhost:9000"},
    "origin's scheme": {"origin": "https://localhost:8000"},
    "origin with a path": {"origin": "http://localhost:8000/"},
    "a domain that ends alike": {"origin": "http://evil-localhost:8000"},
    "RP id": {"rp_id": "localhost.example"},
    "nobody there": {"user_present": False},
    "somebody unknown": {"user_verified": False},
}
lies = pytest.mark.parametrize("lie", LIES.values(), ids=LIES)


def begin(login: Login) -> dict[str, Any]:
    response = login.api("POST", f"{FACTORS}/webauthn", {"password": PASSWORD})
    assert response.status_code == 200
    return response.json()


def confirm(login: Login, begun: dict[str, Any], response: Any) -> Any:
    body = {"token": begun["token"], "name": "My key", "response": response}
    return login.api("POST", f"{FACTORS}/webauthn/confirm", body)


def is_refused(response: Any) -> bool:
    return (response.status_code, response.json()) == (401, INVALID_RESPONSE)


class TestEnrolment:
    def test_the_creation_options(self, me: Login, enrol_key: EnrolKey) -> None:
        known = enrol_key(me.user)
        asked = me.api("POST", f"{FACTORS}/webauthn", {"password": PASSWORD}).json()
        proof = known.get(asked["challenge"])
        body = answer(asked["token"], "webauthn", proof)
        begun = me.api("POST", f"{FACTORS}/webauthn", body).json()
        assert begun["type"] == "webauthn"
        assert begun["rp"] == {"id": "localhost", "name": "Cumulonimbus"}
        assert begun["user"]["name"] == "ann"
        assert str(me.user.pk) not in begun["user"]["id"]
        assert begun["excludeCredentials"] == [{"id": known.id, "type": "public-key"}]
        assert begun["authenticatorSelection"]["userVerification"] == "required"
        assert {"type": "public-key", "alg": -7} in begun["pubKeyCredParams"]
        assert begun["attestation"] == "none"

    def test_the_credential_is_stored(self, me: Login) -> None:
        authenticator = Authenticator(counter=41)
        begun = begin(me)
        response = confirm(me, begun, authenticator.create(begun))
        assert response.status_code == 201
        factor = SecondFactor.objects.get()
        assert (factor.user, factor.type, factor.name) == (me.user, "webauthn", "My key")
        assert (factor.credential_id, factor.counter) == (authenticator.id, 42)
        body = response.json()
        assert len(body.pop("backupCodes")) == 10
        assert body == {"id": factor.pk, "name": "My key", "type": "webauthn"}

    @lies
    def test_a_lie(self, me: Login, lie: dict[str, Any]) -> None:
        begun = begin(me)
        assert is_refused(confirm(me, begun, Authenticator(**lie).create(begun)))
        assert not SecondFactor.objects.exists()
        # The enrolment succeeds with a valid response.
        assert confirm(me, begun, Authenticator().create(begun)).status_code == 201

    def test_another_challenge(self, me: Login) -> None:
        begun, another = begin(me), begin(me)
        assert is_refused(confirm(me, begun, Authenticator().create(another)))

    def test_an_assertion_is_not_a_registration(self, me: Login) -> None:
        begun = begin(me)
        response = confirm(me, begun, Authenticator().get(begun))
        assert (response.status_code, response.json()) == (400, INVALID_RESPONSE)

    @pytest.mark.parametrize("whose", ["ann", "bob"])
    def test_a_credential_can_be_enrolled_once(
        self, me: Login, bobs: Login, enrol_key: EnrolKey, whose: str
    ) -> None:
        authenticator = enrol_key({"ann": me.user, "bob": bobs.user}[whose])
        begun = enrolment.begin_webauthn(Actor(user=me.user))
        assert is_refused(confirm(me, begun, authenticator.create(begun)))
        assert SecondFactor.objects.get().user.username == whose

    @pytest.mark.parametrize(("size", "status"), [(1023, 201), (1024, 401), (20_000, 401)])
    def test_the_maximum_length_of_an_id(self, me: Login, size: int, status: int) -> None:
        begun = begin(me)
        authenticator = Authenticator(credential_id=b"x" * size)
        assert confirm(me, begun, authenticator.create(begun)).status_code == status

    def test_an_unusable_key_is_refused(self, me: Login) -> None:
        begun = begin(me)
        authenticator = Authenticator()
        good, bad = authenticator.public_key(), authenticator.public_key() | {-2: bytes(32)}
        response = authenticator.create(begun)
        attestation = bytes_of(response["response"]["attestationObject"])
        forged = attestation.replace(cbor2.dumps(good), cbor2.dumps(bad))
        assert forged != attestation
        response["response"]["attestationObject"] = base64url(forged)
        assert is_refused(confirm(me, begun, response))


class TestLogin:
    def test_with_the_credential(self, api: Api, anns_key: Authenticator) -> None:
        asked = challenge(api)
        assert asked["types"] == ["webauthn", "backup"]
        options = asked["challenge"]
        assert options["rpId"] == "localhost"
        assert options["userVerification"] == "required"
        assert options["allowCredentials"] == [{"id": anns_key.id, "type": "public-key"}]
        body = answer(asked["token"], "webauthn", anns_key.get(options))
        response = api("POST", "/login", body)
        assert response.status_code == 201
        token = response.json()["token"]
        assert api("GET", "/users/me/sessions/me", token=token).status_code == 200
        factor = SecondFactor.objects.get()
        assert (factor.counter, factor.last_used_at is None) == (2, False)

    def refused(self, api: Api, asked: dict[str, Any], proof: dict[str, Any]) -> None:
        assert is_refused(api("POST", "/login", answer(asked["token"], "webauthn", proof)))
        assert not UserSession.objects.exists()
        factor = SecondFactor.objects.get(user__username="ann")
        assert (factor.counter, factor.last_used_at) == (1, None)

    @pytest.mark.parametrize(("handle_of", "status"), [("ann", 201), ("bob", 401), (None, 401)])
    def test_the_user_handle(
        self, api: Api, ann: Any, bob: Any, anns_key: Authenticator, handle_of: Any, status: int
    ) -> None:
        asked = challenge(api)
        proof = anns_key.get(asked["challenge"])
        named = {"ann": ann, "bob": bob}.get(handle_of)
        proof["response"]["userHandle"] = base64url(user_handle(named) if named else b"nobody")
        assert (
            api("POST", "/login", answer(asked["token"], "webauthn", proof)).status_code == status
        )

    @lies
    def test_a_lie(self, api: Api, anns_key: Authenticator, lie: dict[str, Any]) -> None:
        asked = challenge(api)
        self.refused(api, asked, replace(anns_key, **lie).get(asked["challenge"]))

    def test_another_challenge(self, api: Api, anns_key: Authenticator) -> None:
        asked, another = challenge(api), challenge(api)
        assert asked["challenge"]["challenge"] != another["challenge"]["challenge"]
        self.refused(api, asked, anns_key.get(another["challenge"]))

    @pytest.mark.parametrize("counter", [0, 1])
    def test_a_counter_that_does_not_increase(
        self, api: Api, anns_key: Authenticator, counter: int
    ) -> None:
        """The authenticator has been cloned."""
        asked = challenge(api)
        clone = replace(anns_key, counter=counter - 1)
        self.refused(api, asked, clone.get(asked["challenge"]))

    def test_another_key(self, api: Api, anns_key: Authenticator) -> None:
        asked = challenge(api)
        forger = replace(anns_key, key=ec.generate_private_key(ec.SECP256R1()))
        self.refused(api, asked, forger.get(asked["challenge"]))

    def test_an_unknown_credential(self, api: Api, anns_key: Authenticator) -> None:
        asked = challenge(api)
        self.refused(api, asked, Authenticator(counter=8).get(asked["challenge"]))

    def test_the_credential_of_another_user(
        self, api: Api, anns_key: Authenticator, bob: Any, enrol_key: EnrolKey
    ) -> None:
        asked = challenge(api)
        self.refused(api, asked, enrol_key(bob).get(asked["challenge"]))

    def test_a_challenge_that_is_older_than_the_credential(
        self, api: Api, ann: Any, anns_app: Any, enrol_key: EnrolKey
    ) -> None:
        asked = challenge(api)
        assert "challenge" not in asked
        proof = enrol_key(ann).get({"challenge": ""})
        response = api("POST", "/login", answer(asked["token"], "webauthn", proof))
        assert is_refused(response)

    def test_a_registration_is_not_an_assertion(self, api: Api, anns_key: Authenticator) -> None:
        asked = challenge(api)
        proof = anns_key.create(asked["challenge"])
        response = api("POST", "/login", answer(asked["token"], "webauthn", proof))
        assert (response.status_code, response.json()) == (400, INVALID_RESPONSE)

    def test_an_authenticator_without_a_counter(
        self, api: Api, ann: Any, enrol_key: EnrolKey
    ) -> None:
        """Passkeys that are synchronized between devices have none: it is always 0."""
        authenticator = enrol_key(ann, counter=-1)
        for _ in range(2):
            asked = challenge(api)
            authenticator.counter = -1
            proof = authenticator.get(asked["challenge"])
            response = api("POST", "/login", answer(asked["token"], "webauthn", proof))
            assert response.status_code == 201

    def test_user_verification_can_be_optional(
        self, api: Api, anns_key: Authenticator, settings: Any
    ) -> None:
        waived = {"WEBAUTHN_REQUIRE_USER_VERIFICATION": False}
        settings.SESSIONS_API = settings.SESSIONS_API | waived
        asked = challenge(api)
        assert asked["challenge"]["userVerification"] == "preferred"
        proof = replace(anns_key, user_verified=False).get(asked["challenge"])
        response = api("POST", "/login", answer(asked["token"], "webauthn", proof))
        assert response.status_code == 201


def bytes_of(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
