"""Formatting numbers of rows, and finding the size of a table without reading all of it."""

from django.db.models import Model, QuerySet
from django.utils.formats import number_format
from django.utils.translation import gettext

from sessions_api.databases.estimates import rounded, rows_in_table

#: The maximum number of rows to count.
COUNTED = 10_000


def size_of_table(rows: QuerySet[Model]) -> str:
    """Return the size of a table as text: exact if it is small, otherwise an estimate.

    :param rows: all rows of a table.
    """
    estimated = rows_in_table(rows)
    if estimated > COUNTED:
        return about(rounded(estimated))
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
