"""The gate, which tells which switches are on. It queries the database each time and never caches.

Every process therefore sees a flip in its first query after the flip is committed. A request that
queried the switches before the commit continues as if the flip had not happened.

A switch with an end is off from that time on, by the database's clock. No job has to turn it off,
and all hosts agree on the time.

A *mask* is an integer whose bit ``n`` is set if switch number ``n`` is on.
"""

import functools
from collections.abc import Iterable

from django.db import router
from django.db.models import BigIntegerField, F, Func, QuerySet, Subquery, Value
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Cast, Coalesce

from .models import KillSwitch
from .prepared import Statement
from .registry import GLOBAL, Switch


def mask_expression() -> Subquery:
    """Return an expression for the mask: ``queryset.annotate(switch_mask=mask_expression())``.

    The query that contains it reads the switches; the mask is 0 if none is on. The annotated table
    must be in the same database as the switches, which must be SQLite or PostgreSQL.
    """
    return Subquery(_masks())


def enabled_mask() -> int:
    """Return the mask, in one query to the primary database: a replica may lag behind."""
    row = _statement(router.db_for_write(KillSwitch)).run({})
    assert row, "A sum is one row, even of nothing."
    mask: int = row[0]
    return mask


def first_enabled(mask: int, switches: Iterable[Switch]) -> Switch | None:
    """Return the first of ``switches`` that is on in ``mask``, or None. GLOBAL comes first."""
    if not mask:
        return None
    return next((switch for switch in (GLOBAL, *switches) if mask & switch.bit), None)


@functools.cache
def _statement(alias: str) -> Statement:
    return Statement.of(_masks().query, alias)


def _masks() -> QuerySet[KillSwitch, int]:
    """Return a queryset of one row with the mask: the sum of the bits, since numbers are unique."""
    one = Cast(Value(1), BigIntegerField())
    bit = CombinedExpression(one, CombinedExpression.BITLEFTSHIFT, F("number"))
    # Django's Sum would group by row. PostgreSQL's sum is numeric, which has no bit operators.
    total = Cast(Func(bit, function="SUM"), BigIntegerField())
    return KillSwitch.objects.on().values_list(Coalesce(total, 0), flat=True)
