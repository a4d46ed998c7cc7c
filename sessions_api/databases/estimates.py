"""What a query would cost, asked of the database before it is run."""

import json
from dataclasses import dataclass
from typing import Any

from django.db import connections
from django.db.models import QuerySet

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


def estimate(rows: QuerySet[Any]) -> Estimate:
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
