"""Who requests and decides, and which accounts may flip switches."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser

from ..flip_requests import FlipRequest
from ..models import NAME_LENGTH
from ..services import one_line

PERMISSION = "killswitches.change_killswitch"


@dataclass(frozen=True, slots=True)
class Person:
    """Who acts.

    :param account: the account; None for a command without one, which can neither request nor
        confirm.
    :param name: the name to record; by default the account's username.
    :param source: passed on to the receivers of signals.
    """

    account: AbstractBaseUser | None
    name: str = ""
    source: object = None

    @property
    def shown_name(self) -> str:
        """The name to record."""
        name = self.name or (self.account.get_username() if self.account else "")
        return one_line(name)[:NAME_LENGTH]

    def is_requester_of(self, request: FlipRequest) -> bool:
        """Return whether the account made the request, in whatever session."""
        return self.account is not None and self.account.pk == request.requested_by_id


#: For what happens by itself.
NOBODY = Person(None)


def may_flip(account: AbstractBaseUser) -> bool:
    """Return whether an account is active, is staff and may flip switches.

    Every member of staff may, if the user model has no permissions.
    """
    if not (account.is_active and getattr(account, "is_staff", False)):
        return False
    has_perm = getattr(account, "has_perm", None)
    return has_perm is None or bool(has_perm(PERMISSION))


def may_flip_now(key: str | int | None) -> bool:
    """Read an account again and return whether it may still flip switches.

    :param key: its primary key; None for an account that has been deleted.
    """
    account = None if key is None else get_user_model()._base_manager.filter(pk=key).first()
    return account is not None and may_flip(account)


def by_name(name: str) -> AbstractBaseUser | None:
    """Return the account with exactly this login name, or None."""
    model = get_user_model()
    return model._base_manager.filter(**{model.USERNAME_FIELD: name}).first()


def are_several() -> bool:
    """Return whether more than one account may flip switches. Takes queries for each of staff."""
    found = 0
    for account in _staff():
        found += may_flip(account)
        if found > 1:
            return True
    return False


def _staff() -> Iterable[AbstractBaseUser]:
    model = get_user_model()
    columns = {field.name for field in model._meta.concrete_fields}
    flags = {name: True for name in ("is_active", "is_staff") if name in columns}
    return model._base_manager.filter(**flags).iterator()
