"""Deleting rows of which another table keeps a copy, by few statements for any number of rows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from django.core.exceptions import EmptyResultSet
from django.db import connections, transaction
from django.db.models import Expression, F, Model, QuerySet, Value, sql
from django.db.models.functions import Cast
from django.db.models.sql.compiler import SQLCompiler

#: The values of the requested columns.
Row: TypeAlias = tuple[Any, ...]


@dataclass(frozen=True)
class Copies:
    """What another table keeps of rows. Nothing in it may prevent their deletion.

    :param into: the model of that table.
    :param values: the values that differ from row to row, by the names of its fields.
    :param constants: those that are the same for all.
    """

    into: type[Model]
    values: Mapping[str, Expression | F]
    constants: Mapping[str, object]

    def insertion(self, using: str, source: str) -> str:
        """Return the statement that inserts rows.

        :param source: the query that selects them.
        """
        quote = connections[using].ops.quote_name
        columns = ", ".join(quote(f.column) for f in _fields(self.into, self.names))
        return f"INSERT INTO {quote(self.into._meta.db_table)} ({columns}) {source}"

    def constants_for(self, using: str) -> list[Expression]:
        """Return the constants as expressions. PostgreSQL would take some for text."""
        fields = _fields(self.into, self.constants)
        values = [
            Value(value, output_field=field)
            for field, value in zip(fields, self.constants.values(), strict=True)
        ]
        if connections[using].vendor != "postgresql":
            return [*values]
        return [Cast(value, field) for field, value in zip(fields, values, strict=True)]

    @property
    def names(self) -> list[str]:
        """The names of the fields, in the order of values and constants."""
        return [*self.values, *self.constants]


def delete_returning(
    rows: QuerySet[Model], *fields: str, copies: Copies | None = None
) -> list[Row]:
    """Delete rows in one statement and return the named columns of the deleted ones.

    If two transactions delete the same row, exactly one of them returns it, and keeps a copy of it.
    Requires ``DELETE … RETURNING`` (PostgreSQL; SQLite 3.35). Sends no signals and does not cascade
    to a host's own foreign keys: give these ``on_delete=DO_NOTHING`` and a rule in the database.

    :param copies: what another table is to keep. SQLite copies the rows first, by a statement of
        its own: nobody else writes during the transaction.
    """
    if copies is None or connections[rows.db].vendor == "postgresql":
        return _delete(rows, fields, copies)
    with transaction.atomic(using=rows.db, savepoint=False):
        copy_rows(rows, copies)
        return _delete(rows, fields, None)


def copy_rows(rows: QuerySet[Model], copies: Copies) -> None:
    """Keep copies of rows that are about to be deleted, in one statement."""
    constants = copies.constants_for(rows.db)
    chosen = rows.order_by().values_list(*copies.values.values(), *constants)
    try:
        source, parameters = chosen.query.get_compiler(rows.db).as_sql()
    except EmptyResultSet:
        return
    with connections[rows.db].cursor() as cursor:
        cursor.execute(copies.insertion(rows.db, source), parameters)


def _delete(rows: QuerySet[Model], fields: Sequence[str], copies: Copies | None) -> list[Row]:
    query = rows.order_by().query.chain(klass=sql.DeleteQuery)
    compiler = query.get_compiler(rows.db)
    try:
        statement, parameters = compiler.as_sql()
    except EmptyResultSet:
        return []
    quote = connections[rows.db].ops.quote_name
    columns = [field.get_col(field.model._meta.db_table) for field in _fields(rows.model, fields)]
    returned = ", ".join(quote(column.target.column) for column in columns)
    if copies is None:
        statement = f"{statement} RETURNING {returned}"
    else:
        kept = [_compile(compiler, value) for value in copies.values.values()]
        constants = [_compile(compiler, value) for value in copies.constants_for(rows.db)]
        named = zip(kept, _fields(copies.into, copies.values), strict=True)
        deleted = ", ".join(f"{text} AS {quote(field.column)}" for (text, _), field in named)
        source = ", ".join(["gone.*", *(text for text, _ in constants)])
        insertion = copies.insertion(rows.db, f"SELECT {source} FROM gone")  # noqa: S608
        statement = (
            f"WITH gone AS ({statement} RETURNING {deleted}), kept AS ({insertion}) "  # noqa: S608
            f"SELECT {returned} FROM gone"
        )
        parameters = (*parameters, *(one for _, given in [*kept, *constants] for one in given))
    with connections[rows.db].cursor() as cursor:
        cursor.execute(statement, parameters)
        rows_deleted: list[Row] = cursor.fetchall()
    if converters := compiler.get_converters(columns):
        rows_deleted = list(map(tuple, compiler.apply_converters(rows_deleted, converters)))
    return rows_deleted


def _compile(compiler: SQLCompiler, value: Expression | F) -> tuple[str, Sequence[object]]:
    text, parameters = compiler.compile(value.resolve_expression(compiler.query))
    return text, tuple(parameters)


def _fields(model: type[Model], names: Iterable[str]) -> list[Any]:
    return [model._meta.get_field(name) for name in names]
