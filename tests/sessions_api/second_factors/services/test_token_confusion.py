"""Token confusion: each kind of signed token is only accepted for its purpose."""

from collections.abc import Callable
from typing import Any

import jwt
import pytest

from sessions_api.models import UserSession
from sessions_api.second_factors.services import enrolment
from sessions_api.services.audit import Actor
from sessions_api.tokens.sessions import KeyRingBackend
from tests.api import Api, Login
from tests.cast import PASSWORD
from tests.sessions_api.second_factors.authenticator import A_RESPONSE, Authenticator
from tests.sessions_api.second_factors.challenges import (
    FACTORS,
    INVALID_RESPONSE,
    answer,
    challenge,
)
from tests.sessions_api.second_factors.totp import App

pytestmark = pytest.mark.django_db

REVERIFIED = {"password": PASSWORD}


def refuses(response: Any) -> bool:
    return (response.status_code, response.json()) == (401, INVALID_RESPONSE)


class TestEachToken:
    def tokens(self, me: Login, log_in: Callable[..., Login]) -> dict[str, str]:
        revoked = log_in(me.user)
        revoked.session.delete()
        claims = KeyRingBackend().decode(challenge(Api())["token"])
        factors = me.api("DELETE", f"{FACTORS}/all", REVERIFIED).json()
        minting = me.api(
            "POST",
            "/users/me/sessions",
            REVERIFIED | {"name": "x", "permissionFlags": 1},
        ).json()
        return {
            "session": me.token,
            "revoked session": revoked.token,
            "scoped session": log_in(me.user, permission_flags=1).token,
            "enrolment of an app": enrolment.begin_totp(Actor(user=me.user))["token"],
            "enrolment of a key": enrolment.begin_webauthn(Actor(user=me.user))["token"],
            "login": challenge(Api())["token"],
            "removal of all": factors["token"],
            "a scoped session's creation": minting["token"],
            "signed by another": jwt.encode(
                claims, "secret of somebody's, of thirty-two bytes and more"
            ),
            "unsigned": jwt.encode(claims, None, algorithm="none"),
            "no token": "x",
            "too long": "x" * 10_000,
        }

    def test_at_login(self, me: Login, anns_app: App, log_in: Callable[..., Login]) -> None:
        self.only("login", "POST", "/login", Api(), me, anns_app, log_in, passed=201)

    def test_at_a_reverification(
        self, me: Login, anns_app: App, log_in: Callable[..., Login]
    ) -> None:
        path = f"{FACTORS}/all"
        self.only("removal of all", "DELETE", path, me.api, me, anns_app, log_in, passed=200)

    def only(
        self,
        good: str,
        method: str,
        path: str,
        api: Api,
        me: Login,
        app: App,
        log_in: Callable[..., Login],
        *,
        passed: int,
    ) -> None:
        tokens = self.tokens(me, log_in)
        right = tokens.pop(good)
        code = app.next_code()
        for name, token in tokens.items():
            assert refuses(api(method, path, answer(token, "totp", code))), name
        assert api(method, path, answer(right, "totp", code)).status_code == passed

    def test_step_tokens_do_not_authenticate(
        self, me: Login, anns_app: App, log_in: Callable[..., Login]
    ) -> None:
        tokens = self.tokens(me, log_in)
        del tokens["session"], tokens["scoped session"]
        for name, token in tokens.items():
            for header in (token, f"Bearer {token}"):
                response = Api()("GET", "/users/me/sessions/me", token=header)
                assert response.status_code == 401, name

    @pytest.mark.parametrize("path", ["totp", "webauthn"])
    def test_other_tokens_do_not_enrol(
        self, me: Login, anns_app: App, log_in: Callable[..., Login], path: str
    ) -> None:
        tokens = self.tokens(me, log_in)
        del tokens["enrolment of an app" if path == "totp" else "enrolment of a key"]
        proof = {"code": anns_app.code(), "response": Authenticator().create({"challenge": "AAAA"})}
        for name, token in tokens.items():
            body = {"token": token, "name": "x"} | proof
            assert refuses(me.api("POST", f"{FACTORS}/{path}/confirm", body)), name


@pytest.mark.parametrize("kind", ["totp", "backup", "webauthn"])
@pytest.mark.parametrize("whose", ["nothing", "their own session", "bob's challenge"])
def test_fault_1_a_forged_answer_of_a_user_without_factors(
    api: Api, me: Login, bob: Any, enrol_app: Callable[..., App], kind: str, whose: str
) -> None:
    enrol_app(bob)
    token = {
        "nothing": "eyJhbGciOiJub25lIn0.e30.",
        "their own session": me.token,
        "bob's challenge": challenge(api, "bob")["token"],
    }[whose]
    proof = A_RESPONSE if kind == "webauthn" else "000000"
    body = answer(token, kind, proof, username="ann", password=PASSWORD)
    assert api("POST", "/login", body).status_code in {400, 401}
    assert UserSession.objects.get() == me.session
