"""How many rows a table has and what a query would cost, asked of the database without reading or
running either."""

import json
from dataclasses import dataclass

from django.db import connections
from django.db.models import Model, QuerySet

#: In the planner's units: as much as reading two or three million sessions one by one, which takes
#: some hundred milliseconds. PostgreSQL's own threshold of a long query (``jit_above_cost``).
LONG = 100_000


@dataclass(frozen=True)
class Estimate:
    """What the planner expects: how many rows without the slice, and the cost with it."""

    rows: int
    cost: float

    @property
    def is_long(self) -> bool:
        """Whether somebody who waits for a page should not wait for the query."""
        return self.cost > LONG


def rows_in_table(rows: QuerySet[Model]) -> int:
    """How many rows the table of a queryset has, as PostgreSQL's planner goes by; 0 on other
    databases, which keep no such number."""
    connection = connections[rows.db]
    if connection.vendor != "postgresql":
        return 0
    table = connection.ops.quote_name(rows.model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples::bigint FROM pg_class WHERE oid = %s::regclass", [table])
        return int(cursor.fetchone()[0])


def rounded(number: int) -> int:
    """An estimate with no more figures than it is worth: two."""
    return round(number, 2 - len(str(number)))


def estimate(rows: QuerySet[Model, object]) -> Estimate:
    """What PostgreSQL's planner expects of a query; on other databases, nothing (0 rows, no cost).

    :param rows: a queryset, sliced or not.
    """
    if connections[rows.db].vendor != "postgresql":
        return Estimate(0, 0)
    explanation = rows.explain(format="json")
    # Django itself knows of some queries that they find nothing, and does not run them.
    if not explanation:
        return Estimate(0, 0)
    plan = json.loads(explanation)[0]["Plan"]
    cost = plan["Total Cost"]
    if plan["Node Type"] == "Limit":
        [plan] = plan["Plans"]
    return Estimate(plan["Plan Rows"], cost)
