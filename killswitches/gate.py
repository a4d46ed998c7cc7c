"""The gate, which tells which switches are on. It queries the database each time and never caches.

Every process therefore sees a flip in its first query after the flip is committed. A request that
queried the switches before the commit continues as if the flip had not happened.

A switch with an end is off from that time on, by the database's clock. No job has to turn it off,
and all hosts agree on the time.

A *mask* is an integer whose bit ``n`` is set if switch number ``n`` is on for everybody. A switch
with conditions, which is on for some callers only, is in no mask: see :func:`switches_on`.

While the database is unavailable, nothing counts as off: reading the switches raises, except for
those that an operator has named (:mod:`killswitches.override`).
"""

import functools
from collections.abc import Iterable

from django.db import InterfaceError, OperationalError, router
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BigIntegerField, F, Func, QuerySet, Subquery, TextField, Value
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Cast, Coalesce
from django.db.models.sql.compiler import SQLCompiler

from .conditions.switches_on import SwitchesOn, read_switches_on
from .models import KillSwitch
from .override import overridden
from .prepared import Statement
from .registry import GLOBAL, Switch


def mask_expression() -> Subquery:
    """Return an expression for the mask: ``queryset.annotate(switch_mask=mask_expression())``.

    The query that contains it reads the switches; the mask is 0 if none is on. The annotated table
    must be in the same database as the switches, which must be SQLite or PostgreSQL.
    """
    return Subquery(_masks())


def enabled_mask() -> int:
    """Return the mask, in one query to the primary database: a replica may lag behind.

    The override has no effect on it, because a mask cannot tell "off" from "unknown".
    """
    return _read().mask


def switches_expression() -> Subquery:
    """Return an expression for the switches that are on, with their conditions.

    :func:`~killswitches.conditions.switches_on.read_switches_on` parses its value, a text or NULL.
    Otherwise it is like :func:`mask_expression`.
    """
    return Subquery(_lines())


def switches_on() -> SwitchesOn:
    """Return the switches that are on, in one query to the primary database.

    If the database is unavailable, the result knows the switches of the override, and raises the
    database's error for the others.
    """
    try:
        return _read()
    except (InterfaceError, OperationalError) as error:
        return overridden(error)


def _read() -> SwitchesOn:
    row = _statement(router.db_for_write(KillSwitch)).run({})
    assert row, "An aggregate is one row, even of nothing."
    return read_switches_on(row[0])


def first_enabled(mask: int, switches: Iterable[Switch]) -> Switch | None:
    """Return the first of ``switches`` that is on in ``mask``, or None. GLOBAL comes first."""
    if not mask:
        return None
    return next((switch for switch in (GLOBAL, *switches) if mask & switch.bit), None)


@functools.cache
def _statement(alias: str) -> Statement:
    return Statement.of(_lines().query, alias)


def _masks() -> QuerySet[KillSwitch, int]:
    """Return a queryset of one row with the mask: the sum of the bits, since numbers are unique."""
    one = Cast(Value(1), BigIntegerField())
    bit = CombinedExpression(one, CombinedExpression.BITLEFTSHIFT, F("number"))
    # Django's Sum would group by row. PostgreSQL's sum is numeric, which has no bit operators.
    total = Cast(Func(bit, function="SUM"), BigIntegerField())
    for_everybody = KillSwitch.objects.on().filter(stored_conditions="")
    return for_everybody.values_list(Coalesce(total, 0), flat=True)


class _Lines(Func):
    """A line for each row: number, space, conditions. No aggregate, which Django would group."""

    function = "STRING_AGG"
    template = "%(function)s(%(expressions)s, chr(10))"
    arg_joiner = " || ' ' || "
    output_field = TextField()

    def as_sqlite(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra_context: str
    ) -> tuple[str, tuple[str | int, ...]]:
        # Older versions of SQLite do not know STRING_AGG and CHR.
        return self.as_sql(
            compiler,
            connection,
            function="GROUP_CONCAT",
            template="%(function)s(%(expressions)s, char(10))",
            **extra_context,
        )


def _lines() -> QuerySet[KillSwitch, str | None]:
    """Return a queryset of one row with the lines of the switches that are on; NULL if none is."""
    lines = _Lines(F("number"), F("stored_conditions"))
    return KillSwitch.objects.on().values_list(lines, flat=True)
