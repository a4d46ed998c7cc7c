"""How many rows a table has, without reading it."""

from django.db.models import Model, QuerySet
from django.utils.formats import number_format
from django.utils.translation import gettext

from sessions_api.databases.estimates import rounded, rows_in_table

#: As many rows are counted.
COUNTED = 10_000


def size_of_table(rows: QuerySet[Model]) -> str:
    """Say how many they are: exactly where they are few, else as the database estimates it.

    :param rows: all rows of a table.
    """
    estimated = rows_in_table(rows)
    if estimated > COUNTED:
        return about(rounded(estimated))
    count = rows.order_by()[: COUNTED + 1].count()
    return grouped(count) if count <= COUNTED else more_than(COUNTED)


def grouped(number: int) -> str:
    """A number with its thousands apart, as the language has it."""
    return number_format(number, use_l10n=True, force_grouping=True)


def about(number: int) -> str:
    """An estimate, by itself."""
    return gettext("about %(number)s") % {"number": grouped(number)}


def more_than(number: int) -> str:
    """A lower bound, by itself."""
    return gettext("more than %(number)s") % {"number": grouped(number)}
