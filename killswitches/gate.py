"""Which switches are on: read from the database, at every question, and never cached.

A flip is therefore seen by every process in its first query after the flip's commit: the bound on
how late a switch takes hold is zero. A request whose query ran before the commit goes on as it was.

A switch that was turned on until some moment is off from that moment on, by the database's clock.
No job has to run for that, and all hosts agree on it.

A *mask* is an integer whose bit ``n`` is set when switch number ``n`` is on.
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
    """The mask as an expression: ``queryset.annotate(switch_mask=mask_expression())``.

    It reads the switches in the query it is part of, and is 0 when none is on. It serves SQLite and
    PostgreSQL; the annotated table lies in the same database as the switches.
    """
    return Subquery(_masks())


def enabled_mask() -> int:
    """The mask, in one query where flips are written: a replica may lag behind one."""
    row = _statement(router.db_for_write(KillSwitch)).run({})
    assert row, "A sum is one row, even of nothing."
    mask: int = row[0]
    return mask


def first_enabled(mask: int, switches: Iterable[Switch]) -> Switch | None:
    """The first of ``switches`` that is on in ``mask``, or None; GLOBAL is always asked first."""
    if not mask:
        return None
    return next((switch for switch in (GLOBAL, *switches) if mask & switch.bit), None)


@functools.cache
def _statement(alias: str) -> Statement:
    return Statement.of(_masks().query, alias)


def _masks() -> QuerySet[KillSwitch, int]:
    """One row with the mask: numbers are unique, so the sum of the bits is their union."""
    one = Cast(Value(1), BigIntegerField())
    bit = CombinedExpression(one, CombinedExpression.BITLEFTSHIFT, F("number"))
    # Django's own Sum would group by row; and PostgreSQL's is a numeric, which has no bits.
    total = Cast(Func(bit, function="SUM"), BigIntegerField())
    return KillSwitch.objects.on().values_list(Coalesce(total, 0), flat=True)
