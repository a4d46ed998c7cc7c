"""A password hash that saving an account does not write."""

from typing import Any

from django.db.models import F, Value
from django.db.models.sql import UpdateQuery


class Unwritten(str):
    """A hash that the account's row already has. Saving the account does not write the column.

    Writing it again could overwrite a password that has been set in the meantime.
    """

    __slots__ = ()

    def resolve_expression(self, query: Any = None, *args: Any, **kwargs: Any) -> Any:
        """Resolve to the column in an UPDATE, else to the hash."""
        is_update = isinstance(query, UpdateQuery)
        expression = F("password") if is_update else Value(str(self))
        return expression.resolve_expression(query, *args, **kwargs)
