"""Tables that an extension of PostgreSQL, Citus, has distributed over several servers."""

from django.db import connections


def is_distributed(table: str, *, using: str) -> bool:
    """Return whether Citus manages a table: rows of several servers cannot be locked together.

    :param using: the alias of the database.
    """
    connection = connections[using]
    if connection.vendor != "postgresql":
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('pg_dist_partition')")
        if cursor.fetchone() == (None,):
            return False
        cursor.execute("SELECT FROM pg_dist_partition WHERE logicalrelid = %s::regclass", [table])
        return cursor.fetchone() is not None
