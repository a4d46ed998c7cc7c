"""The statements that replace a table by one of the same name that has partitions.

They run in one transaction, so an interruption leaves everything as it was. Requests that need the
table wait for its end.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sessions_api.databases.partitions.catalog import Table

#: The table before, until it is dropped at the end of the copy.
_FORMER = "{}_unpartitioned"


@dataclass(frozen=True)
class Scheme:
    """How rows are distributed.

    :param method: ``HASH`` or ``RANGE``.
    :param key: the column that decides. It becomes the first one of the primary key.
    :param partitions: the bounds of the partitions by their names, as SQL: ``DEFAULT``, or what
        follows ``FOR VALUES``.
    """

    method: str
    key: str
    partitions: Mapping[str, str]


def locking(table: str, *referenced: str, seconds: int) -> list[str]:
    """Return the statements that the others must follow in the same transaction.

    :param referenced: the tables to which its foreign keys lead. They can be read meanwhile.
    :param seconds: how long to wait for a lock. Everybody else waits behind this.
    """
    # In the order of a login, which locks the account first.
    return [
        f"SET LOCAL lock_timeout = '{seconds}s'",
        *(f"LOCK TABLE {one} IN SHARE ROW EXCLUSIVE MODE" for one in referenced),
        f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE",
    ]


def conversion(table: Table, scheme: Scheme) -> Iterator[str]:
    """Yield the statements that copy a locked table into partitions and drop it.

    The ids get a plain sequence instead of an identity, which partitions support only since
    PostgreSQL 17, and an index of their own, because the primary key begins with another column.
    """
    name, former = table.name, _FORMER.format(table.name)
    columns = ", ".join(table.columns)
    if table.role:
        yield f"SET LOCAL ROLE {table.role}"
    yield f"ALTER TABLE {name} RENAME TO {former}"
    yield (
        f"CREATE TABLE {name} (LIKE {former} INCLUDING DEFAULTS INCLUDING CONSTRAINTS "
        f"INCLUDING STORAGE INCLUDING COMMENTS) PARTITION BY {scheme.method} ({scheme.key})"
    )
    yield from partitions(table, scheme.partitions)
    yield f"INSERT INTO {name} ({columns}) SELECT {columns} FROM {former}"  # noqa: S608 - of the catalog
    yield from _sequence(table, former)
    yield f"ALTER TABLE {name} ADD CONSTRAINT {table.primary_key} PRIMARY KEY ({scheme.key}, id)"
    for constraint, text in table.constraints.items():
        yield f"ALTER TABLE {name} ADD CONSTRAINT {constraint} {text}"
    yield from table.indexes
    yield f"CREATE INDEX {name}_by_id ON {name} (id)"
    for what, who in table.grants:
        yield f"GRANT {what} ON {name} TO {who}"
    for column, options in table.columns.items():
        if options:
            inherited = options.replace("n_distinct=", "n_distinct_inherited=")
            yield f"ALTER TABLE ONLY {name} ALTER COLUMN {column} SET ({inherited})"
    yield f"ANALYZE {name}"


def partitions(table: Table, bounds: Mapping[str, str]) -> Iterator[str]:
    """Yield the statements that add partitions to a table, with the options of the table.

    :param bounds: as in :class:`Scheme`.
    """
    options = f" WITH ({table.options})" if table.options else ""
    for partition, values in bounds.items():
        bound = values if values == "DEFAULT" else f"FOR VALUES {values}"
        yield f"CREATE TABLE {partition} PARTITION OF {table.name} {bound}{options}"
        for column, of_planner in table.columns.items():
            if of_planner:
                yield f"ALTER TABLE {partition} ALTER COLUMN {column} SET ({of_planner})"


def _sequence(table: Table, former: str) -> Iterator[str]:
    old = table.sequence
    new = f"{old.rpartition('.')[0]}.{table.name}_new_id_seq"
    yield f"CREATE SEQUENCE {new} AS bigint"
    yield f"SELECT setval('{new}', nextval('{old}'), false)"
    # Its indexes and constraints have the names of those to come, and its sequence has too.
    yield f"DROP TABLE {former}"
    yield f"ALTER SEQUENCE {new} RENAME TO {old.rpartition('.')[2]}"
    yield f"ALTER SEQUENCE {old} OWNED BY {table.name}.id"
    yield f"ALTER TABLE {table.name} ALTER COLUMN id SET DEFAULT nextval('{old}')"
    for what, who in table.sequence_grants:
        yield f"GRANT {what} ON SEQUENCE {old} TO {who}"
