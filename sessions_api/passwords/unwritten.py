"""A hash that is not to be written."""

from typing import Any

from django.db.models import F, Value
from django.db.models.sql import UpdateQuery


class Unwritten(str):
    """A hash that an account holds in the database already. Saving the account leaves it alone.

    Written once more, it would take the place of a password that somebody has set meanwhile.
    """

    __slots__ = ()

    def resolve_expression(self, query: Any = None, *args: Any, **kwargs: Any) -> Any:
        """Itself, but for an UPDATE the column."""
        is_update = isinstance(query, UpdateQuery)
        expression = F("password") if is_update else Value(str(self))
        return expression.resolve_expression(query, *args, **kwargs)
