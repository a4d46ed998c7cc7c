"""Challenges: requiring a second factor, and verifying its answer once."""

import secrets
from datetime import timedelta
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import Error, transaction
from django.utils import timezone
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

from sessions_api.accounts.kinds import Caller
from sessions_api.accounts.lookup import find_by_id, lock
from sessions_api.callers.clients import Client
from sessions_api.exceptions import (
    Banned,
    InvalidSecondFactorMethod,
    InvalidSecondFactorResponse,
    InvalidSession,
    RateLimited,
    SecondFactorChallengeRequired,
)
from sessions_api.models import AuditEvent
from sessions_api.passwords.marks import password_mark
from sessions_api.ratelimits import rates
from sessions_api.ratelimits.reservations import Quota, Reservation, reserve
from sessions_api.second_factors.models import BackupCode, SecondFactor, SpentToken
from sessions_api.second_factors.services import ceremonies
from sessions_api.second_factors.services.verification import BACKUP, Answer, verify
from sessions_api.services.audit import Actor, record
from sessions_api.services.same_password import has_marked_password
from sessions_api.services.second_factors import ChallengeAnswered
from sessions_api.signals import challenge_failed, challenge_passed, send_after_commit
from sessions_api.tokens.sessions import StepToken, read_step_token

LIFETIME = timedelta(minutes=5)
CHALLENGE_BYTES = 32


def require_challenge(user: AbstractBaseUser, *, purpose: str) -> None:
    """See :meth:`sessions_api.services.second_factors.SecondFactors.require_challenge`."""
    types = types_of(user)
    if not types:
        return
    memory = bound_to_password(user)
    if SecondFactor.Type.WEBAUTHN in types:
        memory["challenge"] = bytes_to_base64url(secrets.token_bytes(CHALLENGE_BYTES))
    step = StepToken(str(user.pk), purpose, memory, timezone.now() + LIFETIME)
    raise _challenge(step, step.issue(), user, types)


def pending_challenge(token: str, *, purpose: str) -> SecondFactorChallengeRequired:
    """See :meth:`sessions_api.services.second_factors.SecondFactors.pending_challenge`."""
    step, user = read_step(token, purpose, None)
    types = types_of(user)
    if not types or SpentToken.objects.filter(jti=step.jti).exists():
        raise InvalidSecondFactorResponse
    return _challenge(step, token, user, types)


def _challenge(
    step: StepToken, token: str, user: AbstractBaseUser, types: list[str]
) -> SecondFactorChallengeRequired:
    details: dict[str, Any] = {"types": types}
    if SecondFactor.Type.WEBAUTHN in types and "challenge" in step.memory:
        details["challenge"] = ceremonies.request_options(
            challenge=base64url_to_bytes(step.memory["challenge"]), known_ids=credential_ids(user)
        )
    return SecondFactorChallengeRequired(
        token=token, exp=int(step.expires_at.timestamp()), **details
    )


def has_any(user: Caller) -> bool:
    """Return whether the user has enrolled a second factor."""
    return SecondFactor.objects.filter(user_id=user.pk).exists()


def types_of(user: AbstractBaseUser) -> list[str]:
    """Return the types of answers that the user can give; empty without a second factor."""
    types = set(SecondFactor.objects.filter(user_id=user.pk).values_list("type", flat=True))
    if types and BackupCode.objects.filter(user_id=user.pk).exists():
        types.add(BACKUP)
    return [one for one in (*SecondFactor.Type.values, BACKUP) if one in types]


def credential_ids(user: AbstractBaseUser) -> list[str]:
    factors = SecondFactor.objects.filter(user_id=user.pk, credential_id__isnull=False)
    return [str(one) for one in factors.values_list("credential_id", flat=True)]


def verify_challenge(
    body: object, *, purpose: str, client: Client, user: AbstractBaseUser | None = None
) -> AbstractBaseUser:
    """See :meth:`sessions_api.services.second_factors.SecondFactors.verify_challenge`."""
    answer = Answer.parse(body)
    step, owner = read_step(answer.token, purpose, user)
    _check_standing(owner, step)
    if answer.type not in types_of(owner):
        raise InvalidSecondFactorMethod
    what = {"user": owner, "purpose": purpose, "type": answer.type, "client": client}
    actor = Actor(user=owner, client=client)
    reservation = reserve_attempt(owner)
    try:
        with transaction.atomic():
            # Waits for a transaction that is securing the account, which locks it too.
            current = lock(owner)
            if current is None:
                raise InvalidSecondFactorResponse
            _check_standing(current, step)
            spend(step)
            if not verify(current, answer, step):
                raise InvalidSecondFactorResponse
            record(
                AuditEvent.Kind.CHALLENGE_PASSED,
                actor,
                subject=owner,
                purpose=purpose,
                type=answer.type,
            )
            send_after_commit(challenge_passed, SecondFactor, **what)
    except (ChallengeAnswered, Error):
        # The answer was not verified.
        reservation.refund()
        raise
    except InvalidSecondFactorResponse:
        record(
            AuditEvent.Kind.CHALLENGE_FAILED,
            Actor(user=user, client=client),
            subject=owner,
            purpose=purpose,
            type=answer.type,
        )
        send_after_commit(challenge_failed, SecondFactor, **what)
        raise
    reservation.refund()
    return current


def bound_to_password(user: AbstractBaseUser) -> dict[str, str]:
    """Return the part of a step's memory that binds it to the user's current password."""
    return {"password": password_mark(user.password)}


def is_bound_to_password(step: StepToken, user: AbstractBaseUser) -> bool:
    """Return whether the user still has the password with which the step was issued."""
    return has_marked_password(user, step.memory["password"])


def _check_standing(user: AbstractBaseUser, step: StepToken) -> None:
    """Check that the user may still answer the challenge.

    :raises Banned: the user has been banned.
    :raises InvalidSecondFactorResponse: the password has changed since the challenge was issued.
    """
    if not user.is_active:
        raise Banned
    if not is_bound_to_password(step, user):
        raise InvalidSecondFactorResponse


def read_step(
    raw: str, purpose: str, user: AbstractBaseUser | None
) -> tuple[StepToken, AbstractBaseUser]:
    """Return the step of a token, and its user.

    :param user: the user that the step must belong to; None to look the user up.
    :raises InvalidSecondFactorResponse: the token is invalid, or has another user or purpose.
    """
    try:
        step = read_step_token(raw)
    except InvalidSession as error:
        raise InvalidSecondFactorResponse from error
    owner = user or find_by_id(step.sub)
    if owner is None or str(owner.pk) != step.sub or step.purpose != purpose:
        raise InvalidSecondFactorResponse
    return step, owner


def reserve_attempt(user: AbstractBaseUser) -> Reservation:
    """Charge an attempt before verifying it.

    The caller refunds a successful one, and one that was not verified.

    :raises RateLimited: too many attempts failed.
    """
    reservation = reserve(attempt_quotas(user))
    if reservation.refused:
        raise RateLimited(headers=reservation.headers())
    return reservation


def attempt_quotas(user: AbstractBaseUser) -> list[Quota]:
    """Return the quotas of a user's wrong answers."""
    wrong = rates.distinct([rates.WRONG_ANSWERS, rates.WRONG_ANSWERS_PER_DAY])
    return [Quota("second factor", str(user.pk), rate) for rate in wrong]


def spend(step: StepToken) -> None:
    """Mark a step's token as used, in the caller's transaction.

    :raises ChallengeAnswered: the token has been used before, or is being used concurrently.
    """
    _, is_first = SpentToken.objects.get_or_create(
        jti=step.jti, defaults={"expires_at": step.expires_at}
    )
    if not is_first:
        raise ChallengeAnswered
