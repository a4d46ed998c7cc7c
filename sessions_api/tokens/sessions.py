"""Tokens: JSON Web Tokens (RFC 7519) signed with ES256, told apart by type.

A session token only names a session; whether that session lives is a matter for its row. A step
token carries one user through a ceremony of two steps, and opens no endpoint.
"""

import functools
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeAlias, cast
from uuid import UUID, uuid4

import jwt
from rest_framework_simplejwt.backends import TokenBackend
from rest_framework_simplejwt.exceptions import TokenBackendError

from sessions_api.conf import api_settings
from sessions_api.exceptions import InvalidSession
from sessions_api.tokens.keys import KeyRing, key_ring

SESSION_TYPE = "session"
STEP_TYPE = "step"

#: Longer texts are no tokens of ours; they are refused before any cryptography.
MAX_LENGTH = 4096

#: The largest time that a database column holds.
MAX_SECONDS = 2**63 - 1

#: What a token says, as JSON.
Claims: TypeAlias = dict[str, Any]

TOKEN_ID = re.compile(r"[0-9a-f]{32}")

#: How many verified session tokens a process remembers. A token and its claims take about 2 KB.
REMEMBERED_TOKENS = 10_000


class KeyRingBackend(TokenBackend):
    """Simple JWT's token backend, with a ring of keys chosen by the header's ``kid``."""

    def __init__(self) -> None:
        super().__init__("ES256", issuer=api_settings().ISSUER)

    def encode(self, payload: Claims) -> str:
        ring = key_ring()
        return jwt.encode(
            payload | {"iss": self.issuer},
            ring.signing_key,
            algorithm=self.algorithm,
            headers={"kid": ring.signing_kid},
        )

    def decode(self, token: Any, verify: bool = True) -> Claims:
        """The claims of a token whose signature, issuer and end are right.

        Simple JWT's own would refuse one whose ``iat`` lies ahead. Here that is an id: a host whose
        clock is behind takes what another has just issued, and RFC 7519 (4.1.6) asks for no more.

        :raises TokenBackendError: the token is anything else.
        """
        try:
            claims: Claims = jwt.decode(
                token,
                self.get_verifying_key(token),
                algorithms=[self.algorithm],
                issuer=self.issuer,
                options={"verify_iat": False, "verify_signature": verify},
            )
        except jwt.InvalidTokenError as error:
            raise TokenBackendError("Not a token of ours") from error
        return claims

    def get_verifying_key(self, token: Any) -> Any:
        header = jwt.get_unverified_header(token)
        try:
            return key_ring().verifying_keys[header["kid"]]
        except KeyError as error:
            raise TokenBackendError("No key of that id") from error


@dataclass(frozen=True)
class SessionClaims:
    """What a session token says: whose session (``sub``), which (``sid``, ``jti``), and until when
    (``exp``, UNIX seconds)."""

    sub: str
    sid: int
    jti: UUID
    exp: int


def issue_session_token(*, sub: str, sid: int, expires_at: datetime, jti: UUID, name: str) -> str:
    """Sign the token of a session.

    :param sub: the owner's id.
    :param sid: the session's id, its creation in UNIX seconds.
    """
    return _issue(SESSION_TYPE, sub=sub, iat=sid, expires_at=expires_at, jti=jti, name=name)


def read_session_token(raw: str) -> SessionClaims:
    """Verify a token's signature, issuer, times and type.

    :raises InvalidSession: for anything but a session token of ours that is still good.
    """
    if len(raw) > MAX_LENGTH:
        raise InvalidSession
    claims = _verified_session(raw, key_ring(), api_settings().ISSUER)
    if claims.exp <= time.time():
        raise InvalidSession
    return claims


@functools.lru_cache(maxsize=REMEMBERED_TOKENS)
def _verified_session(raw: str, ring: KeyRing, issuer: str) -> SessionClaims:
    """Verify a token by the keys and the issuer, and remember it, for the same token comes with
    every request of its session. What is refused is not remembered, nor is the passing of time:
    the caller looks at ``exp``."""
    claims = _read(SESSION_TYPE, raw)
    return SessionClaims(claims["sub"], claims["iat"], UUID(hex=claims["jti"]), claims["exp"])


@dataclass(frozen=True)
class StepToken:
    """A step of a ceremony that one user has begun: what it is for, and what it must remember.

    :param purpose: ``login``, the endpoint that asked for a reverification, or an enrolment.
    :param memory: texts that the next step needs. They are signed, not encrypted.
    """

    sub: str
    purpose: str
    memory: Mapping[str, str]
    expires_at: datetime
    jti: UUID = field(default_factory=uuid4)

    def issue(self) -> str:
        """Sign the token."""
        return _issue(
            STEP_TYPE,
            sub=self.sub,
            iat=int(time.time()),
            expires_at=self.expires_at,
            jti=self.jti,
            purpose=self.purpose,
            memory=dict(self.memory),
        )


def read_step_token(raw: str) -> StepToken:
    """Verify a token's signature, issuer, times and type; its spending is another matter.

    :raises InvalidSession: for anything but a step token of ours that is still good.
    """
    claims = _read(STEP_TYPE, raw)
    return StepToken(
        sub=claims["sub"],
        purpose=claims["purpose"],
        memory=claims["memory"],
        expires_at=datetime.fromtimestamp(claims["exp"], UTC),
        jti=UUID(hex=claims["jti"]),
    )


def _issue(token_type: str, *, expires_at: datetime, jti: UUID, **claims: object) -> str:
    return KeyRingBackend().encode(
        {
            "token_type": token_type,
            "exp": int(expires_at.timestamp()),
            "jti": jti.hex,
            **claims,
        }
    )


def _read(token_type: str, raw: str) -> Claims:
    if len(raw) > MAX_LENGTH:
        raise InvalidSession
    try:
        # Annotated as taking a Token, it takes the text of one.
        claims = KeyRingBackend().decode(cast(Any, raw))
    except TokenBackendError as error:
        raise InvalidSession from error
    match claims:
        # PyJWT takes an "exp" or "iat" that is a string; we never issue one.
        case {
            "token_type": str(found),
            "sub": str(),
            "iat": int(iat),
            "exp": int(exp),
            "jti": str(jti),
        } if found == token_type and 0 < iat <= MAX_SECONDS and TOKEN_ID.fullmatch(jti):
            if exp > time.time():
                return claims
    raise InvalidSession
