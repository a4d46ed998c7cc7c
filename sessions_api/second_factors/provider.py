"""The provider for the port :mod:`sessions_api.services.second_factors`."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.contrib.auth.base_user import AbstractBaseUser

from sessions_api.accounts.kinds import Caller
from sessions_api.accounts.privileges import may
from sessions_api.callers.clients import Client
from sessions_api.exceptions import SecondFactorChallengeRequired
from sessions_api.fastpath.live_sessions import FurtherColumn
from sessions_api.ratelimits.reservations import Quota
from sessions_api.second_factors.models import SecondFactor
from sessions_api.second_factors.privileges import REMOVE_SECOND_FACTORS
from sessions_api.second_factors.services import backup_codes, challenges
from sessions_api.second_factors.services.enrolment import remove_factors
from sessions_api.second_factors.services.typed_answers import answer_of_form
from sessions_api.services.audit import Actor
from sessions_api.services.second_factors import SecondFactors


class EnrolledSecondFactors(SecondFactors):
    """The second factors that users have enrolled. The base class documents the methods."""

    are_available = True
    backup_code_column = FurtherColumn("backup_code_used_at", backup_codes.last_use_of_owner)

    def has_any(self, user: AbstractBaseUser) -> bool:
        return challenges.has_any(user)

    def may_remove(self, actor: Caller) -> bool:
        return may(actor, REMOVE_SECOND_FACTORS)

    def remove_all(self, user: AbstractBaseUser, *, actor: Actor, reason: str) -> int:
        factors = SecondFactor.objects.filter(user_id=user.pk)
        return len(remove_factors(user, factors, actor=actor, reason=reason))

    def backup_code_used_at(self, user: AbstractBaseUser) -> datetime | None:
        return backup_codes.last_use(user)

    def attempt_quotas(self, user: AbstractBaseUser) -> Sequence[Quota]:
        return challenges.attempt_quotas(user)

    def require_challenge(self, user: AbstractBaseUser, *, purpose: str) -> None:
        challenges.require_challenge(user, purpose=purpose)

    def verify_challenge(
        self, body: object, *, purpose: str, client: Client, user: AbstractBaseUser | None = None
    ) -> AbstractBaseUser:
        return challenges.verify_challenge(body, purpose=purpose, client=client, user=user)

    def pending_challenge(self, token: str, *, purpose: str) -> SecondFactorChallengeRequired:
        return challenges.pending_challenge(token, purpose=purpose)

    def answer_of_form(self, fields: Mapping[str, str]) -> object:
        return answer_of_form(fields)
