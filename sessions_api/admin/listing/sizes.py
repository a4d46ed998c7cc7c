"""How many rows a table has, without reading it."""

from typing import Any

from django.db import connections
from django.db.models import QuerySet
from django.utils.formats import number_format

#: As many rows are counted.
COUNTED = 10_000


def size_of_table(rows: QuerySet[Any]) -> str:
    """Say how many they are: exactly where they are few, else as the database estimates it.

    :param rows: all rows of a table.
    """
    estimate = _estimate(rows)
    if estimate > COUNTED:
        rounded = round(estimate, 2 - len(str(estimate)))
        return f"about {number_format(rounded, force_grouping=True)}"
    count = rows.order_by()[: COUNTED + 1].count()
    text = number_format(min(count, COUNTED), force_grouping=True)
    return text if count <= COUNTED else f"more than {text}"


def _estimate(rows: QuerySet[Any]) -> int:
    """What the planner goes by; 0 where the database keeps no such number."""
    connection = connections[rows.db]
    if connection.vendor != "postgresql":
        return 0
    table = connection.ops.quote_name(rows.model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples::bigint FROM pg_class WHERE oid = %s::regclass", [table])
        return int(cursor.fetchone()[0])
