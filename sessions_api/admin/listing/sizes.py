"""How many rows a table has, without reading it."""

from django.db.models import Model, QuerySet
from django.utils.formats import number_format

from sessions_api.databases.estimates import rounded, rows_in_table

#: As many rows are counted.
COUNTED = 10_000


def size_of_table(rows: QuerySet[Model]) -> str:
    """Say how many they are: exactly where they are few, else as the database estimates it.

    :param rows: all rows of a table.
    """
    estimated = rows_in_table(rows)
    if estimated > COUNTED:
        return f"about {number_format(rounded(estimated), force_grouping=True)}"
    count = rows.order_by()[: COUNTED + 1].count()
    text = number_format(min(count, COUNTED), force_grouping=True)
    return text if count <= COUNTED else f"more than {text}"
