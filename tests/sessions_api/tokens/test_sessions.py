"""Valid and invalid session tokens."""

import base64
import hashlib
import hmac
import json
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import Mock

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from sessions_api.exceptions import InvalidSession
from sessions_api.models import UserSession
from sessions_api.testing import frozen_clock
from sessions_api.tokens import sessions as tokens
from sessions_api.tokens.keys import key_ring
from tests.api import Login
from tests.sessions_api.tokens.signing import claims_of, public_pem, sign

pytestmark = pytest.mark.django_db


def status(login: Login, token: str) -> int:
    return login.api("GET", "/users/me/sessions/me", token=token).status_code


def encode_part(data: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(data).encode()).rstrip(b"=").decode()


def without(claim: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda claims: {name: value for name, value in claims.items() if name != claim}


def having(**changes: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda claims: claims | changes


def test_a_token_signed_like_the_services_is_accepted(me: Login) -> None:
    assert status(me, sign(claims_of(me))) == 200


@pytest.mark.parametrize(
    "change",
    [
        *[without(name) for name in ("sub", "iat", "exp", "iss", "jti", "token_type")],
        having(token_type="challenge"),
        having(token_type="access"),
        having(token_type=None),
        having(iss="somebody else"),
        having(iss=["cumulonimbus"]),
        having(sub="abc"),
        having(sub=""),
        having(sub="9" * 40),
        having(sub="9" * 5000),
        having(sub="-1"),
        having(sub="\x00"),
        having(sub="\ud800".encode("utf-8", "replace").decode()),
        having(sub=None),
        having(sub={"$ne": 1}),
        having(exp=str(int(time.time()) + 24 * 60 * 60)),
        having(exp=int(time.time()) - 1),
        having(exp=True),
        having(exp=None),
        having(exp=1e300),
        having(exp=[]),
        having(iat="1700000000"),
        having(iat=True),
        having(iat=-1),
        having(iat=1.5),
        having(iat=10**30),
        having(jti=uuid.uuid4().hex),
        having(jti="not a uuid"),
        having(jti=7),
        # A day, because the run may take long.
        having(nbf=int(time.time()) + 24 * 60 * 60),
    ],
)
def test_claims_that_do_not_match_an_active_session(
    me: Login, change: Callable[[dict[str, Any]], dict[str, Any]]
) -> None:
    changed = change(claims_of(me))
    assert changed != claims_of(me)
    # PyJWT refuses to encode some of these; an attacker's library would not.
    try:
        token = sign(changed)
    except Exception:
        token = jwt.PyJWS().encode(
            json.dumps(changed).encode(),
            key_ring().signing_key,
            algorithm="ES256",
            headers={"kid": key_ring().signing_kid},
        )
    assert status(me, token) == 401


def test_the_token_of_another_user_with_the_same_session_id(
    me: Login, bob: Any, log_in: Any
) -> None:
    assert status(me, sign(claims_of(me) | {"sub": str(bob.pk)})) == 401


@pytest.mark.parametrize("payload", [b"[]", b'"text"', b"null", b"7", b"\xff", b"", b"{"])
def test_a_payload_that_is_not_an_object(me: Login, payload: bytes) -> None:
    ring = key_ring()
    token = jwt.PyJWS().encode(
        payload, ring.signing_key, algorithm="ES256", headers={"kid": ring.signing_kid}
    )
    assert status(me, token) == 401


def test_unsigned_tokens_are_refused(me: Login) -> None:
    header, payload = {"typ": "JWT", "alg": "none", "kid": key_ring().signing_kid}, claims_of(me)
    assert status(me, f"{encode_part(header)}.{encode_part(payload)}.") == 401


def test_the_public_key_as_an_hmac_secret(me: Login) -> None:
    ring = key_ring()
    secret = public_pem(ring.verifying_keys[ring.signing_kid]).encode()
    header = {"typ": "JWT", "alg": "HS256", "kid": ring.signing_kid}
    body = f"{encode_part(header)}.{encode_part(claims_of(me))}"
    digest = hmac.digest(secret, body.encode(), hashlib.sha256)
    signature = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    assert status(me, f"{body}.{signature}") == 401


@pytest.mark.parametrize("kid", [None, "", "unknown", 7, ["a"], {"a": 1}])
def test_foreign_key_ids(me: Login, kid: Any) -> None:
    header = {"typ": "JWT", "alg": "ES256", "kid": kid}
    _, payload, signature = me.token.split(".")
    assert status(me, f"{encode_part(header)}.{payload}.{signature}") == 401


def test_a_foreign_key_under_our_key_id(me: Login) -> None:
    foreign = ec.generate_private_key(ec.SECP256R1())
    headers = {"kid": key_ring().signing_kid}
    assert status(me, jwt.encode(claims_of(me), foreign, algorithm="ES256", headers=headers)) == 401


def test_modified_tokens_are_refused(me: Login) -> None:
    header, payload, signature = me.token.split(".")
    other = encode_part(claims_of(me) | {"name": "mine now"})
    assert status(me, f"{header}.{other}.{signature}") == 401
    assert status(me, f"{header}.{payload}.{signature[:-4]}AAAA") == 401


@pytest.mark.parametrize(
    "header",
    [
        "",
        " ",
        "Bearer",
        "Bearer ",
        "Basic abc",
        "a.b",
        "a.b.c",
        "...",
        "é.é.é",
        "\x00",
        "x" * 70_000,
        "Bearer Bearer x",
        "Token abc",
    ],
)
def test_malformed_tokens_are_refused(me: Login, header: str) -> None:
    response = me.api("GET", "/users/me/sessions/me", HTTP_AUTHORIZATION=header)
    assert response.status_code == 401


def test_tokens_are_not_stored(me: Login) -> None:
    stored = " ".join(str(value) for value in UserSession.objects.values_list().get())
    assert not any(part in stored for part in me.token.split("."))


def test_an_expired_session(me: Login) -> None:
    UserSession.objects.update(expires_at="2020-01-01T00:00:00Z")
    assert status(me, me.token) == 401


class TestClocksOfHosts:
    """``iat`` is an id. A host's own clock only decides whether a token has expired."""

    @pytest.mark.parametrize("ahead", [10, 86_400])
    def test_tokens_of_a_host_whose_clock_is_ahead_are_accepted(
        self, ann: Any, log_in: Any, ahead: int
    ) -> None:
        login = log_in(ann, now=datetime.now(UTC) + timedelta(seconds=ahead))
        assert login.session.sid > time.time()
        assert status(login, login.token) == 200

    def test_workers_agree_after_a_clock_is_put_back(
        self, me: Login, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """One worker has cached the token, another has not."""
        behind = datetime.now(UTC) - timedelta(minutes=10)
        monkeypatch.setattr(jwt.api_jwt, "datetime", Mock(now=lambda tz: behind))
        tokens._verified_session.cache_clear()
        assert status(me, me.token) == 200
        assert status(me, me.token) == 200

    def test_step_tokens_of_a_host_whose_clock_is_ahead_are_accepted(self, ann: Any) -> None:
        end = datetime.now(UTC) + timedelta(minutes=5)
        with frozen_clock(datetime.now(UTC) + timedelta(seconds=60)):
            raw = tokens.StepToken(str(ann.pk), "login", {}, end).issue()
        assert tokens.read_step_token(raw).sub == str(ann.pk)

    def test_there_is_no_leeway_for_the_expiry(self, me: Login, ann: Any) -> None:
        ended = claims_of(me) | {"exp": int(time.time())}
        assert status(me, sign(ended)) == 401
        step = tokens.StepToken(str(ann.pk), "login", {}, datetime.now(UTC))
        with pytest.raises(InvalidSession):
            tokens.read_step_token(step.issue())
