"""What names an account, whatever the host's user model."""

from typing import TypeAlias
from uuid import UUID

#: A primary key, as Django's admin can tell it in an address.
AccountKey: TypeAlias = int | str | UUID
