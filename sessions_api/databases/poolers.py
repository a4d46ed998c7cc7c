"""Poolers between the service and PostgreSQL, such as PgBouncer."""

from contextlib import closing
from typing import TYPE_CHECKING

from django.db.backends.base.base import BaseDatabaseWrapper

if TYPE_CHECKING:
    from psycopg import Connection

#: How often to look whether two clients share a connection. On a busy pooler they do by chance.
ATTEMPTS = 4
#: How psycopg names statements. A pooler that keeps those of its clients apart renames them.
OF_DRIVER = "_pg3_"
#: Is prepared before it runs, so it finds itself, by its first word.
_STATEMENT = "/*poolers*/ SELECT name FROM pg_prepared_statements WHERE statement ^@ '/*poolers*/'"


def confuses_statements(connection: BaseDatabaseWrapper) -> bool:
    """Return True if a pooler gives a client's prepared statements to other clients.

    It does if it shares connections to the server between clients, in transaction mode, and passes
    on the names of statements: PgBouncer before 1.21, or without ``max_prepared_statements``.

    :param connection: a connection to PostgreSQL by psycopg 3. Two more are made for this.
    :returns: False also for a pooler that is too busy for this to be seen.
    :raises psycopg.Error: the server cannot be reached.
    """
    with closing(_connect(connection)) as one, closing(_connect(connection)) as other:
        if not any(_process(one) == _process(other) for _ in range(ATTEMPTS)):
            return False
        return _passes_names(one)


def _connect(connection: BaseDatabaseWrapper) -> "Connection":
    from psycopg import Cursor, connect

    options = connection.get_connection_params() | {
        # Django's cursors prepare nothing.
        "cursor_factory": Cursor,
        # High enough to prepare nothing but what is told to be.
        "prepare_threshold": 10 * ATTEMPTS,
    }
    return connect(**options, autocommit=True)


def _process(client: "Connection") -> int:
    """Return the process of the server that a client is using at this moment."""
    [(number,)] = client.execute("SELECT pg_backend_pid()")
    return int(number)


def _passes_names(client: "Connection") -> bool:
    from psycopg.errors import DuplicatePreparedStatement

    with client.transaction():
        try:
            [(name,)] = client.execute(_STATEMENT, prepare=True)
        except DuplicatePreparedStatement:
            # Another client has prepared a statement of the same name.
            return True
        if passed_on := str(name).startswith(OF_DRIVER):
            client.execute(f'DEALLOCATE "{name}"')
    return passed_on
