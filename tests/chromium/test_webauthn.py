"""WebAuthn in a browser, with a virtual authenticator."""

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings
from playwright.sync_api import BrowserContext, Error

from sessions_api.models import AuditEvent
from tests.cast import PASSWORD
from tests.chromium.visitors import Visitor

SESSIONS = "/users/me/sessions"
FACTORS = "/users/me/2fa"
REFUSED = {
    "code": "INVALID_SECOND_FACTOR_RESPONSE_ERROR",
    "message": "Invalid Second Factor Response",
}
# A page that changes the options of the challenge before it answers.
TAMPER = """async (changes, username, password) => {
    const answer = await call("/login", { username, password });
    const challenge = { ...answer.challenge, ...changes };
    return call("/login", { "2fa": await answerTo({ ...answer, challenge }) });
}"""


@pytest.fixture
def make_visitor(new_context: Callable[[], BrowserContext]) -> Callable[[], Visitor]:
    """Return a function that opens a visitor's page. Each has a new authenticator."""
    return lambda: Visitor(new_context().new_page())


@pytest.fixture
def visitor(make_visitor: Callable[[], Visitor]) -> Visitor:
    return make_visitor()


def api_settings(**changed: Any) -> override_settings:
    return override_settings(SESSIONS_API=settings.SESSIONS_API | changed)


def enrol(visitor: Visitor, username: str) -> Any:
    token = visitor("logIn", username, PASSWORD)["token"]
    factor = visitor("enrol", token, PASSWORD, "My laptop")
    visitor.request("DELETE", f"{SESSIONS}/me", token=token)
    return factor


def test_enrol_and_log_in(visitor: Visitor, ann: Any) -> None:
    first = visitor("logIn", "ann", PASSWORD)["token"]
    factor = visitor("enrol", first, PASSWORD, "My laptop")
    assert (factor["name"], factor["type"]) == ("My laptop", "webauthn")
    assert len(factor["backupCodes"]) == 10
    assert visitor.request("DELETE", f"{SESSIONS}/me", token=first)["code"] == (
        "DELETE_SESSION_SUCCESS"
    )
    assert visitor("call", "/login", {"username": "ann", "password": PASSWORD})["types"] == [
        "webauthn",
        "backup",
    ]
    token = visitor("logIn", "ann", PASSWORD)["token"]
    assert visitor.request("GET", SESSIONS, token=token)["count"] == 1
    assert visitor.request("GET", SESSIONS, token=first)["code"] == "INVALID_SESSION_ERROR"
    assert visitor.request("GET", f"{FACTORS}/{factor['id']}", token=token)["usedAt"]


def test_a_factor_can_confirm_its_own_removal(visitor: Visitor, ann: Any) -> None:
    factor = enrol(visitor, "ann")
    token = visitor("logIn", "ann", PASSWORD)["token"]
    path = f"{FACTORS}/{factor['id']}"
    challenge = visitor.request("DELETE", path, token=token, body={"password": PASSWORD})
    answer = visitor("answerTo", challenge)
    removed = visitor.request("DELETE", path, token=token, body={"2fa": answer})
    assert removed["code"] == "DELETE_SECOND_FACTOR_SUCCESS"
    assert "token" in visitor("call", "/login", {"username": "ann", "password": PASSWORD})


def test_user_verification_is_required(visitor: Visitor, ann: Any) -> None:
    enrol(visitor, "ann")
    visitor.authenticator.verify_user(False)
    with pytest.raises(Error, match="NotAllowedError"):
        visitor("logIn", "ann", PASSWORD)
    lax = {"userVerification": "discouraged"}
    assert visitor(TAMPER, lax, "ann", PASSWORD) == REFUSED
    with api_settings(WEBAUTHN_REQUIRE_USER_VERIFICATION=False):
        assert "token" in visitor(TAMPER, lax, "ann", PASSWORD)


def test_another_users_credential_is_refused(
    visitor: Visitor, make_visitor: Callable[[], Visitor], ann: Any, bob: Any
) -> None:
    other = make_visitor()
    enrol(visitor, "ann")
    enrol(other, "bob")
    with pytest.raises(Error, match="NotAllowedError"):
        other("logIn", "ann", PASSWORD)
    (bobs,) = other("call", "/login", {"username": "bob", "password": PASSWORD})["challenge"][
        "allowCredentials"
    ]
    assert other(TAMPER, {"allowCredentials": [bobs]}, "ann", PASSWORD) == REFUSED
    assert other(TAMPER, {"allowCredentials": [bobs]}, "bob", PASSWORD)["token"]


def test_a_cloned_credential_is_refused(visitor: Visitor, ann: Any) -> None:
    enrol(visitor, "ann")
    (stolen,) = visitor.authenticator.credentials
    assert "token" in visitor("logIn", "ann", PASSWORD)
    visitor.authenticator.restore(stolen)
    assert visitor("logIn", "ann", PASSWORD) == REFUSED


def test_the_challenge_of_another_login_is_refused(visitor: Visitor, ann: Any) -> None:
    enrol(visitor, "ann")
    good = {"username": "ann", "password": PASSWORD}
    one, other = visitor("call", "/login", good), visitor("call", "/login", good)
    answer = visitor("answerTo", one) | {"token": other["token"]}
    assert visitor("call", "/login", {"2fa": answer}) == REFUSED


def test_a_page_of_another_origin_is_refused(visitor: Visitor, ann: Any) -> None:
    with api_settings(WEBAUTHN_ORIGINS=("http://localhost:1", "https://localhost")):
        assert enrol(visitor, "ann") == REFUSED
    assert not AuditEvent.objects.filter(kind=AuditEvent.Kind.FACTOR_ENROLLED).exists()


def test_an_authenticator_cannot_be_enrolled_twice(visitor: Visitor, ann: Any) -> None:
    enrol(visitor, "ann")
    token = visitor("logIn", "ann", PASSWORD)["token"]
    challenge = visitor("call", f"{FACTORS}/webauthn", {"password": PASSWORD}, token)
    answer = visitor("answerTo", challenge)
    options = visitor("call", f"{FACTORS}/webauthn", {"2fa": answer}, token)
    assert [one["id"] for one in options["excludeCredentials"]] == [
        one["id"] for one in challenge["challenge"]["allowCredentials"]
    ]
    create = """options => navigator.credentials.create({
        publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options)
    })"""
    with pytest.raises(Error, match="InvalidStateError"):
        visitor(create, options)
