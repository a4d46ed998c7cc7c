"""What is shown of the rows of an incident: the newest ones, and how many there are besides.

Jobs that have not finished are always shown: somebody may have to decide about them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from django.db.models import Model, QuerySet

from sessions_api.incidents.models import Job

#: How many of the sign-outs, of the mails and of those who take part are shown.
SHOWN = 50

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True)
class Newest(Generic[Row]):
    """The newest rows.

    :param rows: the newest one first.
    :param more: the number of rows that are left out.
    """

    rows: Sequence[Row] = field(default=())
    more: int = 0

    def oldest_first(self) -> Sequence[Row]:
        """Return the same rows in the order of time."""
        return self.rows[::-1]


def newest(rows: QuerySet[Row], limit: int = SHOWN) -> Newest[Row]:
    """Return the newest rows, and of jobs all unfinished ones.

    Takes a query, and another one if there are more; of jobs, two more.

    :param limit: the maximum number of rows, which unfinished jobs alone exceed.
    """
    found = few(rows, limit)
    if not (found.more and issubclass(rows.model, Job)):
        return found
    unfinished = list(rows.filter(finished_at=None).order_by("-pk"))
    shown = _with_all(unfinished, found.rows, limit)
    return Newest(shown, limit + found.more - len(shown))


def few(rows: QuerySet[Row], limit: int) -> Newest[Row]:
    """Return the newest rows only. Takes a query, and another one if there are more.

    :param limit: the maximum number of rows.
    """
    found = list(rows.order_by("-pk")[: limit + 1])
    more = rows.count() - limit if len(found) > limit else 0
    return Newest(found[:limit], more)


def _with_all(needed: Sequence[Row], newest: Sequence[Row], limit: int) -> list[Row]:
    """Return the rows that are needed, and the newest of the others, as far as there is room."""
    keys = {one.pk for one in needed}
    others = [one for one in newest if one.pk not in keys]
    found = [*needed, *others[: max(0, limit - len(needed))]]
    return sorted(found, key=lambda one: one.pk, reverse=True)
