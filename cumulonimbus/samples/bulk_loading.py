"""Bulk loading of rows: with ``COPY`` on PostgreSQL, in batches elsewhere."""

import itertools
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv6Address

from django.db import connections, models, router
from django.db.backends.base.base import BaseDatabaseWrapper

#: Rows per INSERT, without COPY.
BATCH_SIZE = 1000


def load(
    model: type[models.Model], fields: Sequence[str], rows: Iterable[Sequence[object]]
) -> None:
    """Insert rows without signals or ``save()``. Call this in a transaction.

    :param model: the model of the rows.
    :param fields: the attribute names (such as ``user_id``) of the values in each row. All other
        fields get their defaults, which are the same for all rows.
    :param rows: the rows as Python values; addresses may be objects of :mod:`ipaddress`. They are
        consumed lazily, so they need not fit into memory.
    :raises IntegrityError: a row violates a constraint.
    """
    connection = connections[router.db_for_write(model)]
    if connection.vendor == "postgresql":
        _copy(connection, model, fields, rows)
        return
    remaining = iter(rows)
    while batch := list(itertools.islice(remaining, BATCH_SIZE)):
        model._base_manager.using(connection.alias).bulk_create(
            model(**dict(zip(fields, map(_plain, row), strict=True))) for row in batch
        )


def _copy(
    connection: BaseDatabaseWrapper,
    model: type[models.Model],
    fields: Sequence[str],
    rows: Iterable[Sequence[object]],
) -> None:
    """Copy the rows in PostgreSQL's binary format, which takes half the time of text."""
    known = {field.attname: field for field in model._meta.concrete_fields}
    others = [
        field
        for name, field in known.items()
        if name not in fields and not isinstance(field, models.AutoField)
    ]
    defaults = tuple(field.get_db_prep_save(field.get_default(), connection) for field in others)
    columns = [*(known[name] for name in fields), *others]
    quote = connection.ops.quote_name
    names = ", ".join(quote(str(field.column)) for field in columns)
    types = [str(field.db_type(connection)).partition("(")[0] for field in columns]
    statement = f"COPY {quote(model._meta.db_table)} ({names}) FROM STDIN (FORMAT BINARY)"
    with (
        connection.wrap_database_errors,
        connection.cursor() as cursor,
        cursor.copy(statement) as copy,
    ):
        copy.set_types(types)
        for row in rows:
            copy.write_row((*row, *defaults))


def _plain(value: object) -> object:
    """Convert an :mod:`ipaddress` object to a text, which Django's field requires."""
    return str(value) if isinstance(value, IPv4Address | IPv6Address) else value
