"""Accounts as the type checker knows them, whatever the host's user model."""

from typing import TYPE_CHECKING, TypeAlias, Union
from uuid import UUID

from django.contrib.auth.base_user import AbstractBaseUser

if TYPE_CHECKING:
    # It cannot be imported before the apps are there.
    from django.contrib.auth.models import AnonymousUser

#: A primary key, as Django's admin can tell it in an address.
AccountKey: TypeAlias = int | str | UUID

#: Whoever a request comes from.
Caller: TypeAlias = Union[AbstractBaseUser, "AnonymousUser"]
