"""Pages of a table of any length, newest first, each of which reads a bounded number of rows.

A page begins at a cursor, the key of a row, and not at a number: an index leads there however far
down it is. Where no index finds just the rows that are asked for, a page looks at a window of the
table, and tells how far it came.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import F, Model, OrderBy, Q, QuerySet

#: How many rows a page looks at: all that an index finds, where they are no more, or else as many
#: as follow each other in the list.
WINDOW = 20_000

#: The values of a row's key.
Cursor = tuple[Any, ...]


@dataclass(frozen=True)
class Key:
    """Columns that together tell the rows of a model apart; by them, descending, it is listed.

    An index holds the first column; few rows share a value of it.
    """

    model: type[Model]
    columns: tuple[str, ...]

    def order(self, *, upwards: bool = False) -> list[str]:
        """Newest first, or upwards, oldest first."""
        return [column if upwards else f"-{column}" for column in self.columns]

    def unindexed_order(self, *, upwards: bool = False) -> list[OrderBy | str]:
        """The same order, said so that no index has it.

        With it, the planner finds the rows by their conditions and sorts them; it may not walk
        along the index of the key in the hope to come across them, which takes as long as the
        table if they lie at its other end.
        """
        first = F(self.columns[0])
        nulls = first.asc(nulls_first=True) if upwards else first.desc(nulls_last=True)
        return [nulls, *self.order(upwards=upwards)[1:]]

    def beyond(self, cursor: Cursor, lookup: str) -> Q:
        """Rows on one side of a cursor: ``lt`` and ``lte`` are older, ``gt`` and ``gte`` newer.

        The first column is compared by itself too, for an index to find where they begin.
        """
        side = lookup[:2]
        *outer, (last, value) = zip(self.columns, cursor, strict=True)
        condition = Q(**{f"{last}__{lookup}": value})
        for column, value in reversed(outer):
            inside = Q(**{f"{column}__{side}": value}) | condition
            condition = Q(**{f"{column}__{side}e": value}) & inside
        return condition

    def cursor_of(self, row: Model) -> Cursor:
        """The cursor that points to a row."""
        return tuple(getattr(row, column) for column in self.columns)

    def text(self, cursor: Cursor) -> str:
        """A cursor as text, for a link."""
        return "_".join(map(str, cursor))

    def read(self, text: str) -> Cursor:
        """The cursor that a text names.

        :raises ValueError: it names none.
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
    """Rows that an index finds.

    :param condition: which they are.
    :param sorted_by: the column by which the index has them sorted. Where it is the first one of
        the key, a page can be read off the index.
    :param behind: the column behind which the index has them sorted so, if there is one. They have
        one value in it, and the condition is the range from that value to itself: where a column
        equals a value, the planner knows that it sorts nothing, and may walk along the index of
        the key instead, in the hope to come across such rows.
    """

    condition: Q
    sorted_by: str
    behind: str = ""

    @classmethod
    def equal(cls, column: str, value: object, *, sorted_by: str) -> "Indexed":
        """Rows with a value in a column, by an index with another column behind it."""
        condition = Q(**{f"{column}__gte": value, f"{column}__lte": value})
        return cls(condition, sorted_by, behind=column)


@dataclass(frozen=True)
class ReadPlan:
    """How the rows of a list are found.

    :param windows_of: the rows of which a page looks at no more than a window; in the order of the
        key, and all of the list among them. None where there is no need.
    :param by_index: whether there is an index to read off.
    :param behind: the column behind which that index has the key; empty for the key's own index.
    """

    windows_of: QuerySet[Model] | None = None
    by_index: bool = True
    behind: str = ""


@dataclass(frozen=True)
class Page:
    """The rows of a page, newest first.

    :param newer: where newer ones begin that were not looked at; None where there are none.
    :param older: the same for older ones.
    :param searched_to: how far it looked, where that was not far enough to fill the page.
    """

    rows: list[Model]
    newer: Cursor | None
    older: Cursor | None
    searched_to: Cursor | None = None


def plan_read(
    rows: QuerySet[Model], key: Key, lookups: Iterable[Sequence[Indexed]], *, exact: bool = False
) -> ReadPlan:
    """Choose how a list is read.

    :param rows: all of the table.
    :param lookups: what indexes know of the list, the most telling first: it has no rows but those
        that one of a lookup's conditions finds.
    :param exact: whether it has all of these.
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
        # In the order of its index, so that the planner has no reason to scan the table.
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
    :param cursor: where the page begins, after which row; None for the newest or, upwards, the
        oldest page.
    :param upwards: whether the rows newer than the cursor are meant.
    """
    order = key.order(upwards=upwards)
    if plan.behind:
        order.insert(0, plan.behind if upwards else f"-{plan.behind}")
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
