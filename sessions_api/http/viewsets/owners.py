"""Whose things a path speaks of."""

from collections.abc import Mapping
from typing import ClassVar, cast

from django.contrib.auth.base_user import AbstractBaseUser

from sessions_api.accounts.lookup import find_by_id
from sessions_api.exceptions import InvalidUser
from sessions_api.http.gate import Gate
from sessions_api.http.policy import Policy
from sessions_api.http.viewsets.base import ApiViewSet


class OwnedViewSet(ApiViewSet):
    """Base of the viewsets whose paths speak of one user's things."""

    def get_owner(self, **path: str) -> AbstractBaseUser:
        """The user whose things the path speaks of.

        :raises InvalidUser: there is no such account.
        """
        raise NotImplementedError

    def is_own(self, owner: AbstractBaseUser) -> bool:
        """Whether the owner of the things is who asks for them."""
        return owner is self.caller or owner == self.caller


class OwnedByCaller(OwnedViewSet):
    """One's own."""

    def get_owner(self, **path: str) -> AbstractBaseUser:
        return self.caller


class OwnedByAnybody(OwnedViewSet):
    """Those of the user whose id is in the path (``uid``)."""

    def get_owner(self, **path: str) -> AbstractBaseUser:
        user = find_by_id(path["uid"])
        if user is None:
            raise InvalidUser
        return user


class OwnedByCallerOrAnybody(OwnedByAnybody):
    """One's own under ``me`` and under one's own id; under other ids, for staff, anybody's.

    :cvar staff_policies: the policies of the actions where they are not on one's own.
    """

    staff_policies: ClassVar[Mapping[str, Policy]]

    @classmethod
    def policy_tables(cls) -> list[Mapping[str, Policy]]:
        return [cls.policies, cls.staff_policies]

    def get_policy(self, action: str, **path: str) -> Policy:
        return (self.policies if self._is_own(path["uid"]) else self.staff_policies)[action]

    def get_owner(self, **path: str) -> AbstractBaseUser:
        return self.caller if self._is_own(path["uid"]) else super().get_owner(**path)

    def _is_own(self, uid: str) -> bool:
        user = cast(Gate, self.gate).caller
        # Who has no session is refused all the same: the gate will see to it.
        return uid == "me" or not user.is_authenticated or uid == str(user.pk)
