"""The benchmark's databases. They carry a mark, and are dropped at the end."""

import contextlib
from collections.abc import Iterator
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

PREFIX = "cumulonimbus_benchmark_"
MARK = "Made by Cumulonimbus's benchmarks, which drop it."

#: Queries for the constraints and indexes to drop while a table is filled, with their definitions.
#: Primary keys remain, because rows are inserted in their order.
CONSTRAINTS = """
    SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE conrelid = %s::regclass AND contype IN ('f', 'u')
"""
INDEXES = """
    SELECT relname, pg_get_indexdef(indexrelid)
    FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
    WHERE indrelid = %s::regclass
    AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('p', 'u'))
"""


def with_query(url: str, query: str) -> str:
    """Return a URL with one more query parameter."""
    parts = urlsplit(url)
    return parts._replace(query="&".join(filter(None, [parts.query, query]))).geturl()


class NotOurs(Exception):
    """A database with one of the benchmark's names lacks its mark."""


class Databases:
    """The benchmark's databases on a PostgreSQL server.

    :param url: the URL of the server; a database in it is ignored.
    """

    def __init__(self, url: str) -> None:
        self._url = urlsplit(url)

    def url(self, name: str) -> str:
        """Return the URL of a database, for ``DATABASE_URL``."""
        return self._at(PREFIX + name)

    def connect(self, name: str) -> psycopg.Connection[tuple[object, ...]]:
        """Connect to a database, in autocommit mode."""
        return psycopg.connect(self.url(name), autocommit=True)

    def make(self, name: str, template: str | None = None) -> None:
        """Create a database, replacing an existing one.

        :param template: the database to copy; None for an empty database.
        :raises NotOurs: the existing one lacks the mark.
        """
        source = sql.Identifier(PREFIX + template if template else "template0")
        self.drop(name)
        with self._server() as server:
            database = sql.Identifier(PREFIX + name)
            server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(database, source))
            server.execute(sql.SQL("COMMENT ON DATABASE {} IS {}").format(database, MARK))

    def drop(self, name: str) -> None:
        """Drop a database if it exists, and close all connections to it.

        :raises NotOurs: it lacks the mark.
        """
        with self._server() as server:
            found = server.execute(
                "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s",
                [PREFIX + name],
            ).fetchone()
            if found is None:
                return
            if found[0] != MARK:
                raise NotOurs(f"{PREFIX}{name} exists, and the benchmark has not created it.")
            database = sql.Identifier(PREFIX + name)
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(database))

    @contextlib.contextmanager
    def bare(self, name: str, *tables: str) -> Iterator[None]:
        """Drop the indexes and foreign keys of tables until the end of the block.

        Filling the tables and creating the indexes afterwards is several times faster.
        """
        with self.connect(name) as connection:
            connection.execute("SET maintenance_work_mem = '512MB'")
            back: list[sql.SQL | sql.Composed] = []
            for table in tables:
                identifier = sql.Identifier(table)
                for constraint, definition in connection.execute(CONSTRAINTS, [table]).fetchall():
                    named = identifier, sql.Identifier(str(constraint))
                    connection.execute(sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(*named))
                    back.append(
                        sql.SQL("ALTER TABLE {} ADD CONSTRAINT {} {}").format(
                            *named, sql.SQL(str(definition))
                        )
                    )
                for index, definition in connection.execute(INDEXES, [table]).fetchall():
                    connection.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(str(index))))
                    back.append(sql.SQL(str(definition)))
        yield
        with self.connect(name) as connection:
            connection.execute("SET maintenance_work_mem = '512MB'")
            for statement in back:
                connection.execute(statement)

    def _server(self) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(self._at("postgres"), autocommit=True)

    def _at(self, database: str) -> str:
        return self._url._replace(path=f"/{database}").geturl()
