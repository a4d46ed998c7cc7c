"""What is shown of the rows of an incident: the newest ones, and how many there are besides."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from django.db.models import Model, QuerySet

#: How many of the sign-outs, of the mails and of those who take part are shown.
SHOWN = 50

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True)
class Newest(Generic[Row]):
    """The newest rows.

    :param rows: the newest one first.
    :param more: the number of older rows, which are left out.
    """

    rows: Sequence[Row] = field(default=())
    more: int = 0

    def oldest_first(self) -> Sequence[Row]:
        """Return the same rows in the order of time."""
        return self.rows[::-1]


def newest(rows: QuerySet[Row], limit: int = SHOWN) -> Newest[Row]:
    """Return the newest rows. Takes a query, and another one if there are more."""
    found = list(rows.order_by("-pk")[: limit + 1])
    more = rows.count() - limit if len(found) > limit else 0
    return Newest(found[:limit], more)
