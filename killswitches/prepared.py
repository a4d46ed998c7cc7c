"""Statements that the ORM builds only once for each database, and that PostgreSQL prepares.

The ORM takes several times as long to build a statement as the database takes to execute it. A
statement that is the same for every request is therefore built once, with placeholders that are
filled in each time that it runs.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db import NotSupportedError, OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Field
from django.db.models.expressions import BaseExpression, RawSQL
from django.db.models.sql import Query

#: The attribute of a driver connection that stores its cursor.
CURSOR_ATTRIBUTE = "killswitches_prepared_cursor"


class Placeholder(NamedTuple):
    """A placeholder for a value in a statement.

    :param name: the name under which the value is passed to :meth:`Statement.run`.
    :param field: the model field that converts the value for the database.
    """

    name: str
    field: "Field[object, object]"

    @property
    def expression(self) -> RawSQL:
        """The expression that represents the placeholder in a query."""
        return RawSQL("%s", [self])


@dataclass(frozen=True)
class Statement:
    """A compiled statement for one database.

    :param alias: the alias of the database.
    :param sql: the SQL text.
    :param parameters: the parameters in order: values and :class:`Placeholder` objects.
    :param selects: whether the statement returns rows.
    :param converters: the position of each column that needs converting, its converters and its
        expression, as the ORM's compiler returns them.
    """

    alias: str
    sql: str
    parameters: Sequence[object]
    selects: bool
    converters: Sequence[tuple[int, Sequence[Callable[..., object]], BaseExpression]]

    @classmethod
    def of(cls, query: Query, alias: str) -> "Statement":
        """Compile a query with the ORM."""
        compiler = query.get_compiler(alias)
        sql, parameters = compiler.as_sql()
        selected = [expression for expression, *_ in compiler.select or ()]
        converters = [
            (position, functions, expression)
            for position, (functions, expression) in compiler.get_converters(selected).items()
        ]
        return cls(alias, sql, parameters, bool(selected), converters)

    def run(self, values: Mapping[str, object]) -> list[Any] | None:
        """Execute the statement and return the first row, or None if there is none.

        :param values: the values by the names of their placeholders, as returned by the field's
            ``get_prep_value()``. Integers, UUIDs and aware datetimes need no preparation.
        """
        connection = connections[self.alias]
        parameters = [
            one.field.get_db_prep_value(values[one.name], connection, prepared=True)
            if isinstance(one, Placeholder)
            else one
            for one in self.parameters
        ]
        fetched = self._fetch_with_retry(connection, parameters)
        if fetched is None:
            return None
        row = list(fetched)
        for position, functions, expression in self.converters:
            for convert in functions:
                row[position] = convert(row[position], expression, connection)
        return row

    def _fetch_with_retry(
        self, connection: BaseDatabaseWrapper, parameters: Sequence[object]
    ) -> Sequence[object] | None:
        try:
            return self._fetch(connection, parameters)
        except OperationalError:
            # The server may have closed the connection since it was last checked. A read outside
            # a transaction can safely be repeated.
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
            # Reads are retried instead.
            connection.close_if_health_check_failed()
        cursor = _preparing_cursor(connection)
        try:
            with connection.wrap_database_errors:
                return self._execute(cursor, parameters)
        except NotSupportedError:
            # A migration has changed the type of a column since the statement was prepared. (In a
            # transaction, the driver forgets the statement at the rollback.)
            if connection.in_atomic_block:
                raise
            with connection.cursor() as cursor:
                cursor.execute("DEALLOCATE ALL")
                return self._execute(cursor, parameters)

    def _execute(self, cursor: Any, parameters: Sequence[object]) -> Sequence[object] | None:
        cursor.execute(self.sql, parameters)
        return cursor.fetchone() if self.selects else None


def _preparing_cursor(connection: BaseDatabaseWrapper) -> Any:
    """Return a driver cursor whose statements PostgreSQL prepares.

    Django's cursors insert the values into the SQL on the client, so there is nothing to prepare.
    Server-side binding can only be turned on for all queries, and some of them need different plans
    for different values.

    Each driver connection keeps its cursor, because the cursor caches the loaders of column types.
    Looking these up takes as long as executing the statement.
    """
    driver: Any = connection
    driver.ensure_connection()
    driver.validate_no_broken_transaction()
    kept = vars(driver.connection)
    if CURSOR_ATTRIBUTE not in kept:
        kept[CURSOR_ATTRIBUTE] = driver.Database.Cursor(driver.connection)
        if connection.timezone:
            _load_times_natively(kept[CURSOR_ATTRIBUTE], driver.Database)
    return kept[CURSOR_ATTRIBUTE]


def _load_times_natively(cursor: Any, database: Any) -> None:
    """Let psycopg load aware datetimes with its C implementation.

    Django's loader is written in Python and many times slower. Both return the same times, because
    the server sends them in the connection's time zone.
    """
    oid = database.adapters.types["timestamptz"].oid
    loader = database.adapters.get_loader(oid, database.pq.Format.TEXT)
    cursor.adapters.register_loader(oid, loader)


def _is_lost(connection: BaseDatabaseWrapper) -> bool:
    """Return whether there was a connection that no longer works."""
    return connection.connection is not None and not connection.is_usable()


def is_on(connection: BaseDatabaseWrapper) -> bool:
    """Return whether the settings of a database have its server prepare statements."""
    options = connection.settings_dict["OPTIONS"]
    return connection.vendor == "postgresql" and options.get("prepare_threshold") is not None


def _prepares(connection: BaseDatabaseWrapper) -> bool:
    """Return whether the server should prepare statements.

    It should not while queries are logged or wrapped, which only works with Django's cursors.
    """
    return is_on(connection) and not (connection.queries_logged or connection.execute_wrappers)
