"""Estimates of PostgreSQL's planner: the rows of a table and the cost of a query, without reading
the table or running the query.
"""

import json
from dataclasses import dataclass

from django.db import connections
from django.db.models import Model, QuerySet

#: The cost of a long query, in the planner's units. It corresponds to a sequential scan of two or
#: three million sessions, which takes a few hundred milliseconds, and equals PostgreSQL's default
#: of ``jit_above_cost``.
LONG = 100_000


#: Of a table without partitions, or of all its partitions. A number is negative if nothing has
#: analyzed them yet; nothing but an ``ANALYZE`` by hand ever analyzes the table that they are of.
_ROWS = """
    SELECT coalesce(sum(greatest(reltuples, 0)), 0)::bigint
    FROM pg_class WHERE relkind <> 'p' AND oid IN (
        SELECT %s::regclass UNION SELECT relid FROM pg_partition_tree(%s::regclass))
"""


@dataclass(frozen=True)
class Estimate:
    """What the planner expects of a query.

    :param rows: the number of rows, as if the query were not sliced.
    :param cost: the total cost of the query as it is, in the planner's units.
    """

    rows: int
    cost: float

    @property
    def is_long(self) -> bool:
        """Whether the query takes too long for a page that somebody is waiting for."""
        return self.cost > LONG


def rows_in_table(rows: QuerySet[Model]) -> int:
    """Return the planner's estimate of the rows in a queryset's table.

    :returns: 0 on databases other than PostgreSQL.
    """
    connection = connections[rows.db]
    if connection.vendor != "postgresql":
        return 0
    table = connection.ops.quote_name(rows.model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(_ROWS, [table, table])
        return int(cursor.fetchone()[0])


def rounded(number: int) -> int:
    """Round an estimate to two significant figures."""
    return round(number, 2 - len(str(number)))


def estimate(rows: QuerySet[Model, object]) -> Estimate:
    """Have PostgreSQL explain a query, without running it.

    :param rows: a queryset, sliced or not.
    :returns: an estimate of 0 rows and no cost on other databases.
    """
    if connections[rows.db].vendor != "postgresql":
        return Estimate(0, 0)
    explanation = rows.explain(format="json")
    # Django does not send queries that it knows to find nothing.
    if not explanation:
        return Estimate(0, 0)
    plan = json.loads(explanation)[0]["Plan"]
    cost = plan["Total Cost"]
    if plan["Node Type"] == "Limit":
        [plan] = plan["Plans"]
    return Estimate(plan["Plan Rows"], cost)
