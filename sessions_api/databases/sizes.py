"""Formatting numbers of rows, and finding the size of a table without reading all of it."""

from django.db.models import Model, QuerySet
from django.utils.formats import number_format
from django.utils.translation import gettext

from sessions_api.databases.estimates import rounded, rows_in_table

#: The maximum number of rows to count.
COUNTED = 10_000


def size_of_list(rows: QuerySet[Model], table: QuerySet[Model]) -> str:
    """Return the size of a list as text: exact if it is small, otherwise that of its table.

    :param rows: all or nearly all rows of the table.
    :param table: all rows of the table, whose number is estimated if they are many.
    """
    estimated = rows_in_table(table)
    return about(rounded(estimated)) if estimated > COUNTED else capped_count(rows)


def capped_count(rows: QuerySet[Model]) -> str:
    """Return the number of rows as text, if they are not too many to be counted."""
    count = rows.order_by()[: COUNTED + 1].count()
    return grouped(count) if count <= COUNTED else more_than(COUNTED)


def grouped(number: int) -> str:
    """Return a number with the thousands separators of the language."""
    return number_format(number, use_l10n=True, force_grouping=True)


def about(number: int) -> str:
    """Return the text for an estimate."""
    return gettext("about %(number)s") % {"number": grouped(number)}


def more_than(number: int) -> str:
    """Return the text for a lower bound."""
    return gettext("more than %(number)s") % {"number": grouped(number)}
