"""Keyset pages of tables of any size, newest first, each of which reads a bounded number of rows.

A page begins at a cursor, which is the key of a row, instead of an offset: an index finds it at any
depth. If no index finds exactly the requested rows, a page searches a window of the table, and
reports how far it searched.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import F, Model, OrderBy, Q, QuerySet

#: The maximum number of rows that a page searches: all that an index finds, if they are no more, or
#: else that many consecutive rows of the list.
WINDOW = 20_000

#: The values of a row's key.
Cursor = tuple[Any, ...]


@dataclass(frozen=True)
class Key:
    """Columns that are unique together, and by which the rows are listed in descending order.

    The first column is indexed, and few rows share a value of it.
    """

    model: type[Model]
    columns: tuple[str, ...]

    def order(self, *, upwards: bool = False) -> list[str]:
        """Return the order: newest first, or upwards, oldest first."""
        return [column if upwards else f"-{column}" for column in self.columns]

    def unindexed_order(self, *, upwards: bool = False) -> list[OrderBy | str]:
        """Return the same order, in a form that no index supports.

        It makes the planner find the rows by their conditions and sort them. Otherwise it may scan
        the index of the key for matching rows, which takes as long as the whole table if they are
        at the other end.
        """
        first = F(self.columns[0])
        nulls = first.asc(nulls_first=True) if upwards else first.desc(nulls_last=True)
        return [nulls, *self.order(upwards=upwards)[1:]]

    def span(self, rows: QuerySet[Model], *, behind: str = "") -> tuple[Cursor, Cursor] | None:
        """Return the cursors of the newest and of the oldest row; None without rows.

        :param behind: the column that precedes the key in the index that finds them, if any.
        """
        ends: list[Cursor] = []
        for upwards in (False, True):
            order = self.order_behind(behind, upwards=upwards)
            ends += rows.order_by(*order).values_list(*self.columns)[:1]
        return (ends[0], ends[1]) if len(ends) == 2 else None

    def order_behind(self, column: str, *, upwards: bool = False) -> list[str]:
        """Return the order of an index in which another column precedes the key, if any."""
        first = [column if upwards else f"-{column}"] if column else []
        return first + self.order(upwards=upwards)

    def beyond(self, cursor: Cursor, lookup: str) -> Q:
        """Return the condition for rows on one side of a cursor.

        Rows are older with ``lt`` and ``lte``, newer with ``gt`` and ``gte``.
        The first column is also compared on its own, so that an index finds the first row.
        """
        side = lookup[:2]
        *outer, (last, value) = zip(self.columns, cursor, strict=True)
        condition = Q(**{f"{last}__{lookup}": value})
        for column, value in reversed(outer):
            inside = Q(**{f"{column}__{side}": value}) | condition
            condition = Q(**{f"{column}__{side}e": value}) & inside
        return condition

    def cursor_of(self, row: Model) -> Cursor:
        """Return the cursor of a row."""
        return tuple(getattr(row, column) for column in self.columns)

    def text(self, cursor: Cursor) -> str:
        """Return a cursor as text, for a link."""
        return "_".join(map(str, cursor))

    def read(self, text: str) -> Cursor:
        """Parse the text of a cursor.

        :raises ValueError: it is invalid.
        """
        try:
            return tuple(
                self._field(column).clean(part, None)
                for column, part in zip(self.columns, text.split("_"), strict=True)
            )
        except ValidationError as error:
            raise ValueError(f"Not a cursor: {text!r}") from error

    def _field(self, column: str) -> Any:
        options = self.model._meta
        return options.pk if column == "pk" else options.get_field(column)


@dataclass(frozen=True)
class Indexed:
    """A condition that an index supports.

    :param condition: the condition.
    :param sorted_by: the column by which the index sorts the rows. If it is the first one of the
        key, a page can be read in index order.
    :param behind: the column that precedes ``sorted_by`` in the index, if there is one. The rows
        have a single value in it, and the condition is the range from that value to itself: for an
        equality the planner would drop the column from the order, and might scan the index of the
        key instead.
    """

    condition: Q
    sorted_by: str
    behind: str = ""

    @classmethod
    def equal(cls, column: str, value: object, *, sorted_by: str) -> "Indexed":
        """Return the condition that a column has a value, for an index on it and ``sorted_by``."""
        condition = Q(**{f"{column}__gte": value, f"{column}__lte": value})
        return cls(condition, sorted_by, behind=column)


@dataclass(frozen=True)
class ReadPlan:
    """How the rows of a list are read.

    :param windows_of: the rows of which each page searches only a window. They include the whole
        list, and are in the order of the key. None if there is no need for windows.
    :param by_index: whether the rows are read in index order.
    :param behind: the column that precedes the key in that index; empty for the key's own index.
    """

    windows_of: QuerySet[Model] | None = None
    by_index: bool = True
    behind: str = ""


@dataclass(frozen=True)
class Page:
    """The rows of a page, newest first.

    :param newer: the cursor of the page of newer rows; None if there are none.
    :param older: the cursor of the page of older rows; None if there are none.
    :param searched_to: how far the window reached, if it did not fill the page.
    """

    rows: list[Model]
    newer: Cursor | None
    older: Cursor | None
    searched_to: Cursor | None = None


def plan_read(
    rows: QuerySet[Model], key: Key, lookups: Iterable[Sequence[Indexed]], *, exact: bool = False
) -> ReadPlan:
    """Choose how a list is read.

    :param rows: the whole table.
    :param lookups: the indexed conditions of the list, the most selective first. Each row of the
        list meets one condition of every lookup.
    :param exact: whether, conversely, the list contains every row that the lookups find.
    """
    in_order: list[Indexed] = []
    for lookup in lookups:
        straight = len(lookup) == 1 and lookup[0].sorted_by == key.columns[0]
        if straight and (exact or _are_few(rows, lookup)):
            return ReadPlan(behind=lookup[0].behind)
        if straight:
            in_order += lookup
        elif _are_few(rows, lookup):
            return ReadPlan(by_index=False)
    if not in_order:
        return ReadPlan(windows_of=rows)
    return ReadPlan(windows_of=rows.filter(in_order[0].condition), behind=in_order[0].behind)


def _are_few(rows: QuerySet[Model], lookup: Sequence[Indexed]) -> bool:
    left = WINDOW
    for indexed in lookup:
        # Ordered by its index, so that the planner has no reason to scan the table.
        order = filter(None, [indexed.behind, indexed.sorted_by])
        found = rows.filter(indexed.condition).order_by(*order)
        left -= found.values(indexed.sorted_by)[: left + 1].count()
        if left < 0:
            return False
    return True


def read_page(
    rows: QuerySet[Model],
    key: Key,
    size: int,
    *,
    plan: ReadPlan,
    cursor: Cursor | None = None,
    upwards: bool = False,
) -> Page:
    """Read a page of at most ``size`` rows.

    :param rows: the whole list.
    :param cursor: the row after which the page begins; None for the newest page or, upwards, the
        oldest.
    :param upwards: whether to read the rows that are newer than the cursor.
    """
    order = key.order_behind(plan.behind, upwards=upwards)
    on, back = ("gt", "lte") if upwards else ("lt", "gte")
    searched = plan.windows_of
    if cursor is not None:
        rows = rows.filter(key.beyond(cursor, on))
        searched = None if searched is None else searched.filter(key.beyond(cursor, on))
    edge = None
    if searched is not None:
        cursors = searched.order_by(*order).values_list(*key.columns)
        last = list(cursors[WINDOW - 1 : WINDOW + 1])
        if len(last) == 2:
            edge = last[0]
            rows = rows.filter(key.beyond(edge, back))
    rows = rows.order_by(*order if plan.by_index else key.unindexed_order(upwards=upwards))
    found = list(rows[: size + 1])
    if full := len(found) > size:
        found.pop()
    ahead = key.cursor_of(found[-1]) if full else edge
    behind = key.cursor_of(found[0]) if found and cursor is not None else None
    searched_to = None if full else edge
    if upwards:
        return Page(found[::-1], newer=ahead, older=behind, searched_to=searched_to)
    return Page(found, newer=behind, older=ahead, searched_to=searched_to)
