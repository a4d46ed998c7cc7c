"""Verification of answers to challenges: TOTP codes, WebAuthn responses and backup codes."""

import contextlib
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import QuerySet
from django.utils import timezone
from webauthn.helpers import base64url_to_bytes
from webauthn.helpers.structs import AuthenticationCredential

from sessions_api.exceptions import InvalidSecondFactorResponse
from sessions_api.second_factors.models import SecondFactor
from sessions_api.second_factors.services import backup_codes, ceremonies, totp
from sessions_api.second_factors.services.codes import normalise_code
from sessions_api.second_factors.services.encryption import DecryptionError, decrypt
from sessions_api.tokens.sessions import StepToken

BACKUP = "backup"


@dataclass(frozen=True)
class Answer:
    """A parsed answer to a challenge.

    :param token: the challenge's token.
    :param type: the type of the second factor, or :data:`BACKUP`.
    :param proof: the normalised code, or the parsed WebAuthn response.
    """

    token: str
    type: str
    proof: Any

    @classmethod
    def parse(cls, body: object) -> "Answer":
        """Parse the answer in a request body.

        :raises InvalidSecondFactorResponse: the answer is malformed (400).
        """
        match body:
            case {
                "token": str(token),
                "type": "webauthn",
                "response": {"id": str(identity)} as response,
            } if _is_plain(token, identity):
                with contextlib.suppress(ceremonies.MalformedResponse):
                    parsed = ceremonies.parse_request(response)
                    return cls(token, SecondFactor.Type.WEBAUTHN, parsed)
            case {"token": str(token), "type": str(kind), "code": str(code)} if (
                kind != "webauthn"
                and _is_plain(token)
                and (meant := normalise_code(code)) is not None
            ):
                return cls(token, kind, meant)
        raise InvalidSecondFactorResponse(status=400)


def verify(user: AbstractBaseUser, answer: Answer, step: StepToken) -> bool:
    """Return whether the answer is correct. If so, it is used up in the caller's transaction."""
    match answer.type:
        case SecondFactor.Type.TOTP:
            return _verify_totp(user, answer.proof)
        case SecondFactor.Type.WEBAUTHN:
            return _verify_webauthn(user, answer.proof, step)
        case _:
            return backup_codes.spend(user, answer.proof)


def _verify_totp(user: AbstractBaseUser, code: str) -> bool:
    for factor in _locked_factors(user, type=SecondFactor.Type.TOTP):
        try:
            matched = totp.matching_step(decrypt(factor.secret), code, after=factor.counter)
        except DecryptionError:
            continue
        if matched is not None:
            _record_use(factor, matched)
            return True
    return False


def _verify_webauthn(
    user: AbstractBaseUser, response: AuthenticationCredential, step: StepToken
) -> bool:
    challenge = step.memory.get("challenge")
    factor = _locked_factors(user, credential_id=response.id).first()
    if challenge is None or factor is None:
        return False
    try:
        count = ceremonies.verify_request(
            response,
            handle=ceremonies.user_handle(user),
            challenge=base64url_to_bytes(challenge),
            public_key=decrypt(factor.secret),
            sign_count=factor.counter,
        )
    except (ceremonies.Refused, DecryptionError):
        return False
    _record_use(factor, count)
    return True


def _is_plain(*texts: str) -> bool:
    """Return whether the texts can be stored: no NUL characters or lone surrogates."""
    return all(text.isprintable() for text in texts)


def _locked_factors(user: AbstractBaseUser, **fields: object) -> QuerySet[SecondFactor]:
    """Return the factors locked until the transaction ends, to serialise concurrent answers."""
    return SecondFactor.objects.select_for_update().filter(user_id=user.pk, **fields)


def _record_use(factor: SecondFactor, counter: int) -> None:
    factor.counter = counter
    factor.last_used_at = timezone.now()
    factor.save(update_fields=["counter", "last_used_at"])
