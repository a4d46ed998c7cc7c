"""Tokens: JSON Web Tokens (RFC 7519) signed with ES256 (RFC 7518), of two types.

A session token names a session; the session's row decides whether it is active. A step token
carries a user from the first to the second step of a ceremony, and authenticates no request.
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
from django.core.exceptions import ImproperlyConfigured
from rest_framework_simplejwt.backends import TokenBackend
from rest_framework_simplejwt.exceptions import TokenBackendError

from sessions_api.conf import api_settings
from sessions_api.exceptions import InvalidSession
from sessions_api.tokens.keys import KeyRing, key_ring

SESSION_TYPE = "session"
STEP_TYPE = "step"

#: Longer texts cannot be our tokens, and are rejected before any cryptography.
MAX_LENGTH = 4096

#: The largest session id that the database column can hold.
MAX_SECONDS = 2**63 - 1

#: The claims of a token, as JSON.
Claims: TypeAlias = dict[str, Any]

#: The claims of our tokens, and those that JWT libraries check (RFC 7519, 4.1).
RESERVED = {"token_type", "iss", "sub", "aud", "exp", "nbf", "iat", "jti", "name"}

TOKEN_ID = re.compile(r"[0-9a-f]{32}")

#: How many verified session tokens a process caches. A token and its claims take about 2 KB.
MAX_CACHED_TOKENS = 10_000


class KeyRingBackend(TokenBackend):
    """Simple JWT's token backend with a key ring, from which the header's ``kid`` selects."""

    def __init__(self) -> None:
        given = api_settings()
        super().__init__("ES256", issuer=given.ISSUER, audience=given.AUDIENCE or None)

    def encode(self, payload: Claims) -> str:
        ring = key_ring()
        audience = {"aud": self.audience} if self.audience else {}
        return jwt.encode(
            payload | {"iss": self.issuer} | audience,
            ring.signing_key,
            algorithm=self.algorithm,
            headers={"kid": ring.signing_kid},
        )

    def decode(self, token: Any, verify: bool = True) -> Claims:
        """Verify signature, issuer and audience of a token, and return its claims.

        Its expiry is checked by the readers below, in the same clock as the session's: PyJWT reads
        one that tests cannot move. And unlike in Simple JWT, ``iat`` may be in the future: it is
        the session's id, and a host whose clock is behind must accept a token that another has just
        issued. RFC 7519 (4.1.6) permits that.

        :raises TokenBackendError: the token is not valid.
        """
        try:
            claims: Claims = jwt.decode(
                token,
                self.get_verifying_key(token),
                algorithms=[self.algorithm],
                issuer=self.issuer,
                audience=self.audience,
                options={"verify_exp": False, "verify_iat": False, "verify_signature": verify},
            )
        except jwt.InvalidTokenError as error:
            raise TokenBackendError("Invalid token") from error
        return claims

    def get_verifying_key(self, token: Any) -> Any:
        header = jwt.get_unverified_header(token)
        try:
            return key_ring().verifying_keys[header["kid"]]
        except KeyError as error:
            raise TokenBackendError("Unknown key id") from error


@dataclass(frozen=True)
class SessionClaims:
    """The claims of a session token.

    :param sub: the owner's id.
    :param sid: the session's id, from ``iat``.
    :param jti: the token's id.
    :param exp: the expiry, in UNIX seconds.
    """

    sub: str
    sid: int
    jti: UUID
    exp: int


def issue_session_token(
    *,
    sub: str,
    sid: int,
    expires_at: datetime,
    jti: UUID,
    name: str,
    extra: Mapping[str, object] | None = None,
) -> str:
    """Return the signed token of a session.

    :param sub: the owner's id.
    :param sid: the session's id: the UNIX second of its creation.
    :param extra: further claims; those of ``RESERVED`` are left out.
    :raises ImproperlyConfigured: with them, the token would be too long to be accepted.
    """
    free = {claim: value for claim, value in (extra or {}).items() if claim not in RESERVED}
    claims = free | {"sub": sub, "iat": sid, "name": name}
    token = _issue(SESSION_TYPE, claims, expires_at=expires_at, jti=jti)
    if len(token) > MAX_LENGTH:
        raise ImproperlyConfigured(
            f"The adapter's claims make a token of {len(token)} characters, more than {MAX_LENGTH}."
        )
    return token


def read_session_token(raw: str) -> SessionClaims:
    """Verify a session token, and return its claims.

    Checks the signature, the issuer, the audience, the expiry and the type.

    :raises InvalidSession: the token is not a valid session token.
    """
    if len(raw) > MAX_LENGTH:
        raise InvalidSession
    given = api_settings()
    claims = _verified_session(raw, key_ring(), given.ISSUER, given.AUDIENCE)
    if claims.exp <= time.time():
        raise InvalidSession
    return claims


@functools.lru_cache(maxsize=MAX_CACHED_TOKENS)
def _verified_session(raw: str, ring: KeyRing, issuer: str, audience: str) -> SessionClaims:
    """Verify a token, and cache the result: every request of a session has the same token.

    Rejections are not cached. A cached token may have expired, so the caller checks ``exp``.
    """
    claims = _read(SESSION_TYPE, raw)
    return SessionClaims(claims["sub"], claims["iat"], UUID(hex=claims["jti"]), claims["exp"])


@dataclass(frozen=True)
class StepToken:
    """The claims of a step token: a ceremony that a user has begun.

    :param sub: the user's id.
    :param purpose: ``login``, the endpoint that requires reverification, or an enrolment.
    :param memory: texts for the next step. They are signed, but not encrypted.
    """

    sub: str
    purpose: str
    memory: Mapping[str, str]
    expires_at: datetime
    jti: UUID = field(default_factory=uuid4)

    def issue(self) -> str:
        """Return the signed token."""
        claims = {
            "sub": self.sub,
            "iat": int(time.time()),
            "purpose": self.purpose,
            "memory": dict(self.memory),
        }
        return _issue(STEP_TYPE, claims, expires_at=self.expires_at, jti=self.jti)


def read_step_token(raw: str) -> StepToken:
    """Verify a step token, and return its claims.

    Checks the signature, the issuer, the audience, the expiry and the type, but not whether the
    token has been spent.

    :raises InvalidSession: the token is not a valid step token.
    """
    claims = _read(STEP_TYPE, raw)
    return StepToken(
        sub=claims["sub"],
        purpose=claims["purpose"],
        memory=claims["memory"],
        expires_at=datetime.fromtimestamp(claims["exp"], UTC),
        jti=UUID(hex=claims["jti"]),
    )


def _issue(token_type: str, claims: Claims, *, expires_at: datetime, jti: UUID) -> str:
    fixed = {"token_type": token_type, "exp": int(expires_at.timestamp()), "jti": jti.hex}
    return KeyRingBackend().encode(claims | fixed)


def _read(token_type: str, raw: str) -> Claims:
    if len(raw) > MAX_LENGTH:
        raise InvalidSession
    try:
        # The stubs annotate the parameter as a Token, but it is the text of one.
        claims = KeyRingBackend().decode(cast(Any, raw))
    except TokenBackendError as error:
        raise InvalidSession from error
    match claims:
        # PyJWT accepts strings for "exp" and "iat"; we never issue these.
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
