"""Statements that the ORM builds once for each database, and PostgreSQL prepares.

The ORM takes several times as long to build a statement as the database to answer it. Where a
statement is the same for every request, it is built with placeholders for the values, which each
run fills.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db import NotSupportedError, OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Field
from django.db.models.expressions import BaseExpression, RawSQL
from django.db.models.sql import Query

#: The attribute of a driver's connection under which its cursor is kept.
KEPT = "killswitches_prepared_cursor"


class Placeholder(NamedTuple):
    """Where a value of a field is still to come, which has this name then."""

    name: str
    field: "Field[object, object]"

    @property
    def expression(self) -> RawSQL:
        """What stands for it in a query."""
        return RawSQL("%s", [self])


@dataclass(frozen=True)
class Statement:
    """A statement in the language of one database.

    :param parameters: in their order; where a value is still to come stands its
        :class:`Placeholder`.
    :param selects: whether it answers with rows.
    :param converters: of what columns, by position, make the values of their fields.
    """

    alias: str
    sql: str
    parameters: Sequence[object]
    selects: bool
    converters: Sequence[tuple[int, Sequence[Callable[..., Any]], BaseExpression]]

    @classmethod
    def of(cls, query: Query, alias: str) -> "Statement":
        """Have the ORM build it."""
        compiler: Any = query.get_compiler(alias)
        sql, parameters = compiler.as_sql()
        selected = [expression for expression, *_ in compiler.select or ()]
        converters = [
            (position, functions, expression)
            for position, (functions, expression) in compiler.get_converters(selected).items()
        ]
        return cls(alias, sql, parameters, bool(selected), converters)

    def run(self, values: Mapping[str, object]) -> list[Any] | None:
        """Fill the placeholders and ask the database; the first row, None where there is none.

        :param values: by the names of their placeholders, each as its field's ``get_prep_value``
            has it. Whole numbers, UUIDs and times with a zone are so of themselves.
        """
        connection = connections[self.alias]
        parameters = [
            one.field.get_db_prep_value(values[one.name], connection, prepared=True)
            if isinstance(one, Placeholder)
            else one
            for one in self.parameters
        ]
        fetched = self._ask(connection, parameters)
        if fetched is None:
            return None
        row = list(fetched)
        for position, functions, expression in self.converters:
            for convert in functions:
                row[position] = convert(row[position], expression, connection)
        return row

    def _ask(
        self, connection: BaseDatabaseWrapper, parameters: Sequence[object]
    ) -> Sequence[object] | None:
        try:
            return self._fetch(connection, parameters)
        except OperationalError:
            # The server may have hung up since the connection was looked at. To read once more
            # does no harm; what belongs to a transaction is gone with it.
            if not self.selects or connection.in_atomic_block or not _is_lost(connection):
                raise
            connection.close()
            return self._fetch(connection, parameters)

    def _fetch(
        self, connection: BaseDatabaseWrapper, parameters: Sequence[object]
    ) -> Sequence[object] | None:
        if not _prepares(connection):
            with connection.cursor() as cursor:
                return self._execute(cursor, parameters)
        if not self.selects:
            # What only reads finds out by itself: see _ask().
            connection.close_if_health_check_failed()
        cursor = _preparing_cursor(connection)
        try:
            with connection.wrap_database_errors:
                return self._execute(cursor, parameters)
        except NotSupportedError:
            # A migration has changed the type of a column since the statement was prepared. (The
            # end of a transaction that has failed makes the driver forget it anyway.)
            if connection.in_atomic_block:
                raise
            with connection.cursor() as cursor:
                cursor.execute("DEALLOCATE ALL")
                return self._execute(cursor, parameters)

    def _execute(self, cursor: Any, parameters: Sequence[object]) -> Sequence[object] | None:
        cursor.execute(self.sql, parameters)
        return cursor.fetchone() if self.selects else None


def _preparing_cursor(connection: BaseDatabaseWrapper) -> Any:
    """A cursor of the driver's, whose statements PostgreSQL prepares.

    Django's own has the client put the values into the text, which leaves nothing to prepare. Told
    to do otherwise it would for all queries, and some of those need another plan for other values.

    Each of the driver's connections keeps one for good, which has learnt what to make of each type
    of column: that takes as long as to execute the statement.
    """
    driver: Any = connection
    driver.ensure_connection()
    driver.validate_no_broken_transaction()
    kept = vars(driver.connection)
    if KEPT not in kept:
        kept[KEPT] = driver.Database.Cursor(driver.connection)
        if connection.timezone:
            _load_times_natively(kept[KEPT], driver.Database)
    return kept[KEPT]


def _load_times_natively(cursor: Any, database: Any) -> None:
    """Have psycopg make the times that have a zone, in C. Django does so in Python, in many times
    the time, and for the same moments: the server sends them in the connection's zone."""
    oid = database.adapters.types["timestamptz"].oid
    loader = database.adapters.get_loader(oid, database.pq.Format.TEXT)
    cursor.adapters.register_loader(oid, loader)


def _is_lost(connection: BaseDatabaseWrapper) -> bool:
    """Whether there was a connection, and it works no longer."""
    return connection.connection is not None and not connection.is_usable()


def _prepares(connection: BaseDatabaseWrapper) -> bool:
    """Whether the server is to prepare the statement. Who watches queries sees Django's cursors."""
    if connection.vendor != "postgresql" or connection.queries_logged:
        return False
    options = connection.settings_dict["OPTIONS"]
    return options.get("prepare_threshold") is not None and not connection.execute_wrappers
