"""What the commands that partition tables share."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeAlias

from django.core.management.base import CommandError, CommandParser
from django.db import OperationalError, connections, transaction

from sessions_api.databases.partitions.catalog import Table, describe
from sessions_api.databases.partitions.conversion import locking

#: Prints a statement, and runs it unless it is a dry run.
Run: TypeAlias = Callable[[str], None]


def add_arguments(parser: CommandParser) -> None:
    """Add the arguments of every such command."""
    parser.add_argument(
        "--lock-timeout",
        type=int,
        default=5,
        metavar="SECONDS",
        help="give up if the table is not free by then; 5 by default",
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="only print the statements, without locking"
    )


@contextmanager
def locked(
    name: str,
    key: str,
    *referenced: str,
    using: str,
    lock_timeout: int,
    dry_run: bool,
    write: Callable[[str], object],
) -> Iterator[tuple[Table, Run]]:
    """Lock a table for a transaction, which ends with the block, and describe it.

    :param name: the table.
    :param key: the column that decides a row's partition.
    :param referenced: the tables to which its foreign keys lead.
    :param using: the alias of the database.
    :param write: prints a line.
    :raises CommandError: the table is in use, or the database has no partitions.
    """
    if lock_timeout < 1:
        raise CommandError(f"--lock-timeout must be at least 1, not {lock_timeout}.")
    connection = connections[using]
    if connection.vendor != "postgresql":
        raise CommandError("Only PostgreSQL has partitions.")
    with transaction.atomic(using=using), connection.cursor() as cursor:

        def run(statement: str) -> None:
            write(f"{statement};")
            if not dry_run:
                cursor.execute(statement)

        write("BEGIN;")
        try:
            tables = map(connection.ops.quote_name, referenced)
            for statement in locking(name, *tables, seconds=lock_timeout):
                run(statement)
        except OperationalError as error:
            raise CommandError(f"The table is in use; nothing was changed. {error}") from error
        # Described under the lock, so that nothing changes meanwhile.
        yield describe(cursor, name, key), run
    write("COMMIT;")


def require_replaceable(table: Table) -> None:
    """:raises CommandError: a new table would lack something that the table has."""
    if table.obstacles:
        raise CommandError(
            f"Nothing was changed. First remove {', '.join(table.obstacles)}; add it again "
            "afterwards if the table with partitions supports it."
        )
