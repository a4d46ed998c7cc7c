"""Enrolling second factors, in two steps; new backup codes; and removing factors."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

from sessions_api.accounts.privileges import require_power_over
from sessions_api.exceptions import (
    EndpointRequiresSecondFactor,
    InvalidSecondFactorResponse,
)
from sessions_api.models import AuditEvent
from sessions_api.second_factors.models import BackupCode, SecondFactor
from sessions_api.second_factors.services import ceremonies, totp
from sessions_api.second_factors.services.challenges import (
    CHALLENGE_BYTES,
    bound_to_password,
    credential_ids,
    is_bound_to_password,
    read_step,
    reserve_attempt,
    spend,
)
from sessions_api.second_factors.services.codes import ALPHABET, normalise_code
from sessions_api.second_factors.services.encryption import (
    Undecipherable,
    decrypt,
    digests,
    encrypt,
)
from sessions_api.services.audit import Actor, record
from sessions_api.services.standing import NO_STANDING, lock_account
from sessions_api.signals import factor_enrolled, factors_removed, send_after_commit
from sessions_api.tokens.sessions import StepToken

LIFETIME = timedelta(minutes=10)
TOTP_PURPOSE = "enrol totp"
WEBAUTHN_PURPOSE = "enrol webauthn"

BACKUP_CODES = 10
BACKUP_CODE_LENGTH = 10


@dataclass(frozen=True)
class Enrolment:
    """A factor just enrolled, and the backup codes that came with it if it is the user's first."""

    factor: SecondFactor
    backup_codes: list[str] | None


def begin_totp(actor: Actor) -> dict[str, object]:
    """Make a secret for an authenticator app. It is not kept until the app has proved itself.

    :raises ApiError: the actor may no longer act: see
        :func:`sessions_api.services.standing.lock_account`. So do the other functions here.
    """
    secret = totp.new_secret()
    begun = _begin(actor, TOTP_PURPOSE, {"secret": encrypt(secret)})
    return begun | {"secret": totp.base32(secret)}


def begin_webauthn(actor: Actor) -> dict[str, object]:
    """Make the options for ``navigator.credentials.create()``."""
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
    """Enrol the authenticator app that shows a code of the secret.

    :param code: as it was typed.
    :raises InvalidSecondFactorResponse: the code is wrong, or the token is no longer good.
    :raises RateLimited: too many wrong codes.
    """
    shown = normalise_code(code) or ""

    def prove(step: StepToken) -> dict[str, object]:
        secret = step.memory["secret"]
        matched = totp.matching_step(decrypt(secret), shown)
        if matched is None:
            raise InvalidSecondFactorResponse
        # The code has been shown, so it opens nothing any more.
        return {"type": SecondFactor.Type.TOTP, "secret": secret, "counter": matched}

    return _confirm(actor, TOTP_PURPOSE, token, name, prove)


def confirm_webauthn(
    actor: Actor, *, token: str, name: str, response: dict[str, object]
) -> Enrolment:
    """Enrol the credential that ``navigator.credentials.create()`` has made.

    :raises InvalidSecondFactorResponse: the response is garbled (400); or the ceremony failed, the
        credential is enrolled already, or the token is no longer good.
    :raises RateLimited: too many wrong responses.
    """
    try:
        parsed = ceremonies.parse_creation(response)
    except ceremonies.Garbled as error:
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


def new_backup_codes(actor: Actor) -> list[str]:
    """Replace the user's backup codes.

    :raises EndpointRequiresSecondFactor: the user has no factor that they could stand in for.
    """
    with transaction.atomic():
        user = lock_account(actor.account, actor=actor)
        if not SecondFactor.objects.filter(user_id=user.pk).exists():
            raise EndpointRequiresSecondFactor
        record(AuditEvent.Kind.BACKUP_CODES, actor, subject=user)
        return _make_backup_codes(user)


def remove_factors(
    user: AbstractBaseUser, factors: QuerySet[SecondFactor], *, actor: Actor, reason: str = ""
) -> list[int]:
    """Remove factors of a user; with the last one go the backup codes.

    :param factors: any of the user's; others are left alone.
    :returns: the ids of those that this call removed.
    :raises InsufficientPermissions: the user is above the actor.
    """
    require_power_over(actor.user, user)
    with transaction.atomic():
        lock_account(user, actor=actor)
        removed = list(factors.filter(user_id=user.pk).values_list("pk", flat=True))
        if not removed:
            return []
        SecondFactor.objects.filter(pk__in=removed).delete()
        if not SecondFactor.objects.filter(user_id=user.pk).exists():
            BackupCode.objects.filter(user_id=user.pk).delete()
        record(AuditEvent.Kind.FACTORS_REMOVED, actor, subject=user, reason=reason, factors=removed)
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
            codes = _make_backup_codes(user) if is_first else None
            record(
                AuditEvent.Kind.FACTOR_ENROLLED,
                actor,
                subject=user,
                factor=factor.pk,
                type=factor.type,
            )
            send_after_commit(factor_enrolled, SecondFactor, factor=factor, actor=actor)
    except (IntegrityError, Undecipherable) as error:
        # The credential is enrolled already, or the key that hid the secret has been taken away.
        raise InvalidSecondFactorResponse from error
    except NO_STANDING:
        # Nothing was judged.
        reservation.refund()
        raise
    reservation.refund()
    return Enrolment(factor, codes)


def _make_backup_codes(user: AbstractBaseUser) -> list[str]:
    codes = [
        "".join(secrets.choice(ALPHABET) for _ in range(BACKUP_CODE_LENGTH))
        for _ in range(BACKUP_CODES)
    ]
    BackupCode.objects.filter(user_id=user.pk).delete()
    BackupCode.objects.bulk_create(
        BackupCode(user_id=user.pk, digest=digests(code)[0]) for code in codes
    )
    return codes
