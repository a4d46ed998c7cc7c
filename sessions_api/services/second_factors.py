"""The port for second factors, at which an app registers its implementation.

:mod:`sessions_api.second_factors` does so if a host has installed it. Without an implementation
nobody has a second factor, and a password is enough.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.contrib.auth.base_user import AbstractBaseUser

from sessions_api.accounts.kinds import Caller
from sessions_api.callers.clients import Client
from sessions_api.exceptions import InvalidSecondFactorResponse, SecondFactorChallengeRequired
from sessions_api.fastpath.live_sessions import FurtherColumn
from sessions_api.ratelimits.reservations import Quota
from sessions_api.services.audit import Actor

#: The purpose of a challenge at login. The purpose of one at a reverification is the endpoint.
LOGIN = "login"


class ChallengeAnswered(InvalidSecondFactorResponse):
    """The challenge has been answered before, so the answer was not looked at."""


class SecondFactors:
    """The interface of second factors, and the default implementation: nobody has one."""

    #: Whether users can have second factors at all.
    are_available = False
    #: Has :meth:`backup_code_used_at` read along with a session, for its owner.
    backup_code_column: FurtherColumn | None = None

    def has_any(self, user: AbstractBaseUser) -> bool:
        """Return True if the user has enrolled a second factor."""
        return False

    def may_remove(self, actor: Caller) -> bool:
        """Return True if a member of staff may remove the second factors of others."""
        return False

    def remove_all(self, user: AbstractBaseUser, *, actor: Actor, reason: str) -> int:
        """Remove all second factors and backup codes of a user.

        :returns: the number of factors that were removed.
        """
        return 0

    def backup_code_used_at(self, user: AbstractBaseUser) -> datetime | None:
        """Return when the user last used one of their present backup codes; None for never."""
        return None

    def attempt_quotas(self, user: AbstractBaseUser) -> Sequence[Quota]:
        """Return the quotas of the user's wrong answers, for a reset."""
        return ()

    def require_challenge(self, user: AbstractBaseUser, *, purpose: str) -> None:
        """Challenge a user whose password was right, if they have a second factor.

        :raises SecondFactorChallengeRequired: contains the challenge.
        """

    def verify_challenge(
        self, body: object, *, purpose: str, client: Client, user: AbstractBaseUser | None = None
    ) -> AbstractBaseUser:
        """Verify the answer to a challenge. A challenge can be answered once.

        :param body: the raw value of the field ``2fa``.
        :param purpose: the purpose that the challenge must have.
        :param user: the user that the challenge must be for; None at login, where the challenge
            determines the user.
        :returns: the user, who has shown a second factor.
        :raises InvalidSecondFactorResponse: the answer is malformed (400), or it is wrong or the
            challenge is for somebody else, has expired, or was made for a password that has
            changed since (401).
        :raises ChallengeAnswered: the challenge was used, or is being used concurrently. This
            counts as no wrong answer.
        :raises InvalidSecondFactorMethod: the answer is of a type that the user does not have.
        :raises Banned: the user has been banned in the meantime.
        :raises RateLimited: there were too many wrong answers.
        """
        raise InvalidSecondFactorResponse

    def pending_challenge(self, token: str, *, purpose: str) -> SecondFactorChallengeRequired:
        """Return a challenge that can still be answered, for a page that shows it again.

        :raises InvalidSecondFactorResponse: its token is invalid, has expired or has been used.
        """
        raise InvalidSecondFactorResponse

    def answer_of_form(self, fields: Mapping[str, str]) -> object:
        """Return the answer in the fields of a form, in the form of the API.

        :param fields: ``token``, and ``code``, whose kind is told from its form, or ``response``,
            which is that of a credential as JSON.
        :raises InvalidSecondFactorResponse: ``response`` is not JSON.
        """
        raise InvalidSecondFactorResponse


_registered = SecondFactors()


def register(implementation: SecondFactors) -> None:
    """Register an implementation. An app calls this from its ``AppConfig.ready()``."""
    global _registered
    _registered = implementation


def second_factors() -> SecondFactors:
    """Return the registered implementation, or the default."""
    return _registered
