"""Types for accounts that fit any user model."""

from typing import TYPE_CHECKING, TypeAlias, Union
from uuid import UUID

from django.contrib.auth.base_user import AbstractBaseUser

if TYPE_CHECKING:
    # Cannot be imported before the app registry is ready.
    from django.contrib.auth.models import AnonymousUser

#: A primary key of a type that Django's admin can put in a URL.
AccountKey: TypeAlias = int | str | UUID

#: The user of a request, logged in or not.
Caller: TypeAlias = Union[AbstractBaseUser, "AnonymousUser"]
