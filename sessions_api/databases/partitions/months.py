"""Partitions of a month each, and one for all other times."""

import re
from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, date, datetime

_NAME = re.compile(r"(\d{4})_(\d{2})$")


def month_of(moment: datetime) -> date:
    """Return the first day of a moment's month in UTC."""
    return moment.astimezone(UTC).date().replace(day=1)


def later(month: date, months: int = 1) -> date:
    """Return the first day of the month that is so many months later."""
    years, number = divmod(month.month - 1 + months, 12)
    return date(month.year + years, number + 1, 1)


def bounds(
    table: str, first: date, last: date, *, without: Collection[date] = ()
) -> Iterator[tuple[str, str]]:
    """Yield the names and bounds of the partitions of these months, for PostgreSQL.

    :param first: the first day of the first month.
    :param last: that of the last month.
    :param without: months that get no partition.
    """
    month = first
    while month <= last:
        if month not in without:
            name = f"{table}_{month:%Y_%m}"
            yield name, f"FROM ('{month} 00:00:00+00') TO ('{later(month)} 00:00:00+00')"
        month = later(month)


def rest(table: str) -> str:
    """Return the name of the partition for other times. Without it, their rows were refused."""
    return f"{table}_default"


def read_months(table: str, partitions: Iterable[str]) -> dict[date, str]:
    """Return the partitions that :func:`bounds` has named, by their months."""
    found = {}
    for name in partitions:
        if name.startswith(f"{table}_") and (match := _NAME.search(name)):
            found[date(int(match[1]), int(match[2]), 1)] = name
    return found
