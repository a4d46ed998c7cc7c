"""Enrolment of second factors in two steps, replacement of backup codes, removal of factors."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import Error, IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

from sessions_api.exceptions import (
    EndpointRequiresSecondFactor,
    InvalidSecondFactorResponse,
)
from sessions_api.models import AuditEvent
from sessions_api.second_factors.models import SecondFactor, SpentToken
from sessions_api.second_factors.services import backup_codes, ceremonies, totp
from sessions_api.second_factors.services.challenges import (
    CHALLENGE_BYTES,
    bound_to_password,
    credential_ids,
    is_bound_to_password,
    read_step,
    reserve_attempt,
    spend,
)
from sessions_api.second_factors.services.codes import normalise_code
from sessions_api.second_factors.services.encryption import (
    DecryptionError,
    decrypt,
    encrypt,
)
from sessions_api.services.audit import Actor, record
from sessions_api.services.authority import AUTHORITY_ERRORS, lock_account
from sessions_api.services.notices import NoticeKind, tell
from sessions_api.signals import factor_enrolled, factors_removed, send_after_commit
from sessions_api.tokens.sessions import StepToken

LIFETIME = timedelta(minutes=10)
TOTP_PURPOSE = "enrol totp"
WEBAUTHN_PURPOSE = "enrol webauthn"


@dataclass(frozen=True)
class Enrolment:
    """A newly enrolled factor.

    :param factor: the factor.
    :param backup_codes: the user's backup codes if this is their first factor; else None.
    """

    factor: SecondFactor
    backup_codes: list[str] | None


def begin_totp(actor: Actor) -> dict[str, object]:
    """Return a token and a secret for an authenticator app. Nothing is stored yet.

    :raises ApiError: the actor may no longer act; see
        :func:`sessions_api.services.authority.lock_account`. This applies to all functions here.
    """
    secret = totp.new_secret()
    begun = _begin(actor, TOTP_PURPOSE, {"secret": encrypt(secret)})
    return begun | {"secret": totp.base32(secret)}


def begin_webauthn(actor: Actor) -> dict[str, object]:
    """Return a token and the options for ``navigator.credentials.create()``."""
    user = actor.account
    challenge = secrets.token_bytes(CHALLENGE_BYTES)
    options = ceremonies.creation_options(
        user_handle=ceremonies.user_handle(user),
        user_name=user.get_username(),
        challenge=challenge,
        known_ids=credential_ids(user),
    )
    memory = {"challenge": bytes_to_base64url(challenge)}
    return (
        _begin(actor, WEBAUTHN_PURPOSE, memory)
        | {"type": SecondFactor.Type.WEBAUTHN.value}
        | options
    )


def confirm_totp(actor: Actor, *, token: str, name: str, code: str) -> Enrolment:
    """Enrol an authenticator app that has proved its secret with a code.

    :param token: the token from :func:`begin_totp`.
    :param name: the name of the factor.
    :param code: the code as typed.
    :raises InvalidSecondFactorResponse: the code is wrong, or the token is no longer valid.
    :raises RateLimited: too many attempts failed.
    """
    shown = normalise_code(code) or ""

    def prove(step: StepToken) -> dict[str, object]:
        secret = step.memory["secret"]
        matched = totp.matching_step(decrypt(secret), shown)
        if matched is None:
            raise InvalidSecondFactorResponse
        # Stores the step, so that this code cannot answer a challenge.
        return {"type": SecondFactor.Type.TOTP, "secret": secret, "counter": matched}

    return _confirm(actor, TOTP_PURPOSE, token, name, prove)


def confirm_webauthn(
    actor: Actor, *, token: str, name: str, response: dict[str, object]
) -> Enrolment:
    """Enrol a credential that ``navigator.credentials.create()`` has returned.

    :param token: the token from :func:`begin_webauthn`.
    :param name: the name of the factor.
    :param response: the credential in its JSON form.
    :raises InvalidSecondFactorResponse: the response is malformed (400); or verification failed,
        the credential is already enrolled, or the token is no longer valid.
    :raises RateLimited: too many attempts failed.
    """
    try:
        parsed = ceremonies.parse_creation(response)
    except ceremonies.MalformedResponse as error:
        raise InvalidSecondFactorResponse(status=400) from error

    def prove(step: StepToken) -> dict[str, object]:
        challenge = base64url_to_bytes(step.memory["challenge"])
        try:
            credential = ceremonies.verify_creation(parsed, challenge=challenge)
        except ceremonies.Refused as error:
            raise InvalidSecondFactorResponse from error
        return {
            "type": SecondFactor.Type.WEBAUTHN,
            "secret": encrypt(credential.public_key),
            "credential_id": credential.id,
            "counter": credential.sign_count,
        }

    return _confirm(actor, WEBAUTHN_PURPOSE, token, name, prove)


def begun_secret(actor: Actor, token: str) -> str:
    """Return the secret of an enrolment that has not been confirmed, to show it again.

    :param token: the token from :func:`begin_totp`.
    :returns: the secret in base32.
    :raises InvalidSecondFactorResponse: the token is no longer valid.
    """
    step, user = read_step(token, TOTP_PURPOSE, actor.account)
    if not is_bound_to_password(step, user) or SpentToken.objects.filter(jti=step.jti).exists():
        raise InvalidSecondFactorResponse
    try:
        return totp.base32(decrypt(step.memory["secret"]))
    except DecryptionError as error:
        raise InvalidSecondFactorResponse from error


def new_backup_codes(actor: Actor) -> list[str]:
    """Replace the user's backup codes and return the new ones.

    :raises EndpointRequiresSecondFactor: the user has no second factor.
    """
    with transaction.atomic():
        user = lock_account(actor.account, actor=actor)
        if not SecondFactor.objects.filter(user_id=user.pk).exists():
            raise EndpointRequiresSecondFactor
        record(AuditEvent.Kind.BACKUP_CODES, actor, subject=user)
        tell(NoticeKind.BACKUP_CODES, user, actor=actor)
        return backup_codes.replace(user)


def remove_factors(
    user: AbstractBaseUser, factors: QuerySet[SecondFactor], *, actor: Actor, reason: str = ""
) -> list[int]:
    """Remove factors of a user. Removing the last one also deletes the backup codes.

    :param factors: the factors to remove; those of other users are ignored.
    :param reason: the reason for the audit log.
    :returns: the ids of the factors that this call removed.
    :raises InsufficientPermissions: the user ranks above the actor.
    """
    with transaction.atomic():
        account = lock_account(user, actor=actor)
        removed = list(factors.filter(user_id=user.pk).values_list("pk", flat=True))
        if not removed:
            return []
        SecondFactor.objects.filter(pk__in=removed).delete()
        if not SecondFactor.objects.filter(user_id=user.pk).exists():
            backup_codes.delete(user)
        record(AuditEvent.Kind.FACTORS_REMOVED, actor, subject=user, reason=reason, factors=removed)
        tell(NoticeKind.FACTORS_REMOVED, account, actor=actor, count=len(removed))
        send_after_commit(
            factors_removed, SecondFactor, user=user, factors=removed, actor=actor, reason=reason
        )
    return removed


def _begin(actor: Actor, purpose: str, memory: dict[str, str]) -> dict[str, object]:
    with transaction.atomic():
        user = lock_account(actor.account, actor=actor)
    expires_at = timezone.now() + LIFETIME
    token = StepToken(str(user.pk), purpose, memory | bound_to_password(user), expires_at)
    return {"token": token.issue(), "exp": int(expires_at.timestamp())}


def _confirm(
    actor: Actor,
    purpose: str,
    token: str,
    name: str,
    prove: Callable[[StepToken], dict[str, object]],
) -> Enrolment:
    step, user = read_step(token, purpose, actor.account)
    reservation = reserve_attempt(user)
    try:
        with transaction.atomic():
            user = lock_account(user, actor=actor)
            if not is_bound_to_password(step, user):
                raise InvalidSecondFactorResponse
            spend(step)
            is_first = not SecondFactor.objects.filter(user_id=user.pk).exists()
            factor = SecondFactor.objects.create(user_id=user.pk, name=name, **prove(step))
            codes = backup_codes.replace(user) if is_first else None
            record(
                AuditEvent.Kind.FACTOR_ENROLLED,
                actor,
                subject=user,
                factor=factor.pk,
                type=factor.type,
            )
            tell(NoticeKind.FACTOR_ADDED, user, actor=actor, name=name)
            send_after_commit(factor_enrolled, SecondFactor, factor=factor, actor=actor)
    except (IntegrityError, DecryptionError) as error:
        # The credential is already enrolled, or the secret's encryption key has been removed.
        raise InvalidSecondFactorResponse from error
    except (Error, *AUTHORITY_ERRORS):
        # The answer was not verified.
        reservation.refund()
        raise
    reservation.refund()
    return Enrolment(factor, codes)
