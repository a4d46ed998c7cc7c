"""Whether a user must show a second factor. This is all that the rest of the app knows of them.

The work itself is done in :mod:`sessions_api.second_factors`, which is there only where the host
has installed it.
"""

from typing import Any

from django.apps import apps
from django.contrib.auth.base_user import AbstractBaseUser

from sessions_api.callers.clients import Client
from sessions_api.exceptions import InvalidSecondFactorResponse
from sessions_api.services.audit import Actor

#: The purpose of a challenge at login; that of a reverification is its endpoint.
LOGIN = "login"


def are_installed() -> bool:
    return apps.is_installed("django_otp") and apps.is_installed("sessions_api.second_factors")


def has_any(user: AbstractBaseUser) -> bool:
    """Whether the user has enrolled a second factor."""
    if not are_installed():
        return False
    from sessions_api.second_factors.models import SecondFactor

    return SecondFactor.objects.filter(user_id=user.pk).exists()


def remove_all(user: AbstractBaseUser, *, actor: Actor, reason: str) -> int:
    """Remove all second factors of a user, and the backup codes; how many factors there were."""
    if not are_installed():
        return 0
    from sessions_api.second_factors.models import SecondFactor
    from sessions_api.second_factors.services.enrolment import remove_factors

    factors = SecondFactor.objects.filter(user_id=user.pk)
    return len(remove_factors(user, factors, actor=actor, reason=reason))


def demand(user: AbstractBaseUser, *, purpose: str) -> None:
    """Ask a user whose password was right for a second factor, if they have any.

    :raises SecondFactorChallengeRequired: with what it takes to answer.
    """
    if are_installed():
        from sessions_api.second_factors.services.challenges import demand

        demand(user, purpose=purpose)


def accept(
    body: Any, *, purpose: str, client: Client, user: AbstractBaseUser | None = None
) -> AbstractBaseUser:
    """Take the answer to a challenge, once.

    :param body: the field ``2fa`` as it came.
    :param purpose: what the challenge must have been for.
    :param user: whose it must have been; None at login, where the challenge tells.
    :returns: the user who has shown a second factor.
    :raises InvalidSecondFactorResponse: garbled (400), or wrong, foreign, expired, used, or earned
        with a password that is no longer the user's (401).
    :raises InvalidSecondFactorMethod: of a type that the user does not have.
    :raises Banned: the user has been banned meanwhile.
    :raises RateLimited: too many wrong answers.
    """
    if not are_installed():
        raise InvalidSecondFactorResponse
    from sessions_api.second_factors.services.challenges import accept

    return accept(body, purpose=purpose, client=client, user=user)
