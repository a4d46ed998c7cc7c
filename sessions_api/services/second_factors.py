"""The port for second factors: an app that has them registers here what it offers.

:mod:`sessions_api.second_factors` does so where a host has installed it. Without it nobody has a
second factor, and a password is all that is asked for.
"""

from django.contrib.auth.base_user import AbstractBaseUser

from sessions_api.accounts.kinds import Caller
from sessions_api.callers.clients import Client
from sessions_api.exceptions import InvalidSecondFactorResponse
from sessions_api.services.audit import Actor

#: The purpose of a challenge at login; that of a reverification is its endpoint.
LOGIN = "login"


class SecondFactors:
    """What there is where no app offers second factors: nobody has one."""

    #: Whether users can have second factors at all.
    are_offered = False

    def has_any(self, user: AbstractBaseUser) -> bool:
        """Whether the user has enrolled a second factor."""
        return False

    def may_remove(self, actor: Caller) -> bool:
        """Whether somebody of the staff may remove the second factors of others."""
        return False

    def remove_all(self, user: AbstractBaseUser, *, actor: Actor, reason: str) -> int:
        """Remove all second factors of a user, and the backup codes; how many factors there
        were."""
        return 0

    def require_challenge(self, user: AbstractBaseUser, *, purpose: str) -> None:
        """Ask a user whose password was right for a second factor, if they have any.

        :raises SecondFactorChallengeRequired: with what it takes to answer.
        """

    def verify_challenge(
        self, body: object, *, purpose: str, client: Client, user: AbstractBaseUser | None = None
    ) -> AbstractBaseUser:
        """Take the answer to a challenge, once.

        :param body: the field ``2fa`` as it came.
        :param purpose: what the challenge must have been for.
        :param user: whose it must have been; None at login, where the challenge tells.
        :returns: the user who has shown a second factor.
        :raises InvalidSecondFactorResponse: garbled (400), or wrong, foreign, expired, used, or
            earned with a password that is no longer the user's (401).
        :raises InvalidSecondFactorMethod: of a type that the user does not have.
        :raises Banned: the user has been banned meanwhile.
        :raises RateLimited: too many wrong answers.
        """
        raise InvalidSecondFactorResponse


_registered = SecondFactors()


def register(offer: SecondFactors) -> None:
    """Have an app offer second factors from now on, from the ``ready()`` of its configuration."""
    global _registered
    _registered = offer


def second_factors() -> SecondFactors:
    """What is offered."""
    return _registered
