"""Judging answers to challenges: codes of an app, responses of a credential, backup codes."""

import contextlib
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import QuerySet
from django.utils import timezone
from webauthn.helpers import base64url_to_bytes
from webauthn.helpers.structs import AuthenticationCredential

from sessions_api.exceptions import InvalidSecondFactorResponse
from sessions_api.second_factors.models import BackupCode, SecondFactor
from sessions_api.second_factors.services import ceremonies, totp
from sessions_api.second_factors.services.codes import normalise_code
from sessions_api.second_factors.services.encryption import Undecipherable, decrypt, digests
from sessions_api.tokens.sessions import StepToken

BACKUP = "backup"


@dataclass(frozen=True)
class Answer:
    """An answer to a challenge: a code as it was meant, or what the response of a WebAuthn ceremony
    says."""

    token: str
    type: str
    proof: Any

    @classmethod
    def parse(cls, body: object) -> "Answer":
        """:raises InvalidSecondFactorResponse: it is garbled."""
        match body:
            case {
                "token": str(token),
                "type": "webauthn",
                "response": {"id": str(identity)} as response,
            } if _is_plain(token, identity):
                with contextlib.suppress(ceremonies.Garbled):
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
    """Whether the answer is right. If so it is used up when the transaction around this commits."""
    match answer.type:
        case SecondFactor.Type.TOTP:
            return _verify_totp(user, answer.proof)
        case SecondFactor.Type.WEBAUTHN:
            return _verify_webauthn(user, answer.proof, step)
        case _:
            return _verify_backup(user, answer.proof)


def _verify_totp(user: AbstractBaseUser, code: str) -> bool:
    for factor in _locked_factors(user, type=SecondFactor.Type.TOTP):
        try:
            matched = totp.matching_step(decrypt(factor.secret), code, after=factor.counter)
        except Undecipherable:
            continue
        if matched is not None:
            _note_use(factor, matched)
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
    except (ceremonies.Refused, Undecipherable):
        return False
    _note_use(factor, count)
    return True


def _verify_backup(user: AbstractBaseUser, code: str) -> bool:
    known = digests(code)
    spent, _ = BackupCode.objects.filter(user_id=user.pk, digest__in=known).delete()
    return bool(spent)


def _is_plain(*texts: str) -> bool:
    """Whether all are without NUL and lone surrogates, which no database column takes."""
    return all(text.isprintable() for text in texts)


def _locked_factors(user: AbstractBaseUser, **fields: object) -> QuerySet[SecondFactor]:
    """Held until the transaction ends, so that parallel answers with one code take turns."""
    return SecondFactor.objects.select_for_update().filter(user_id=user.pk, **fields)


def _note_use(factor: SecondFactor, counter: int) -> None:
    factor.counter = counter
    factor.last_used_at = timezone.now()
    factor.save(update_fields=["counter", "last_used_at"])
