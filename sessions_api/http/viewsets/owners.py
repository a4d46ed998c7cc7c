"""Base viewsets for objects that belong to a user, whom the path names."""

from collections.abc import Mapping
from typing import ClassVar, cast

from django.contrib.auth.base_user import AbstractBaseUser

from sessions_api.accounts.lookup import find_by_id
from sessions_api.exceptions import InvalidUser
from sessions_api.http.gate import Gate
from sessions_api.http.policy import Policy
from sessions_api.http.viewsets.base import ApiViewSet


class OwnedViewSet(ApiViewSet):
    """Base class of viewsets for the objects of one user."""

    def get_owner(self, **path: str) -> AbstractBaseUser:
        """Return the owner of the objects at a path.

        :param path: the keyword arguments from the URL.
        :raises InvalidUser: there is no such account.
        """
        raise NotImplementedError

    def is_own(self, owner: AbstractBaseUser) -> bool:
        """Return whether the caller is the owner."""
        return owner is self.caller or owner == self.caller


class OwnedByCaller(OwnedViewSet):
    """A viewset for the caller's own objects."""

    def get_owner(self, **path: str) -> AbstractBaseUser:
        return self.caller


class OwnedByAnybody(OwnedViewSet):
    """A viewset for the objects of the user whose id is in the path (``uid``)."""

    def get_owner(self, **path: str) -> AbstractBaseUser:
        user = find_by_id(path["uid"])
        if user is None:
            raise InvalidUser
        return user


class OwnedByCallerOrAnybody(OwnedByAnybody):
    """A viewset for both: ``me`` or the caller's id for their own, other ids for staff.

    :cvar staff_policies: the policies of actions on other users' objects.
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
        # Either policy refuses callers without a session.
        return uid == "me" or not user.is_authenticated or uid == str(user.pk)
