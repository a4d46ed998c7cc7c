"""The benchmark's own databases: made for it, told by a mark of its own, dropped at the end."""

import contextlib
from collections.abc import Iterator
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

PREFIX = "cumulonimbus_benchmark_"
MARK = "Made by Cumulonimbus's benchmarks, which drop it again."

#: What can be taken off a table while it is filled, with the statement that puts it back. A primary
#: key stays, for rows come in its order.
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
    """A URL with one parameter more."""
    parts = urlsplit(url)
    return parts._replace(query="&".join(filter(None, [parts.query, query]))).geturl()


class NotOurs(Exception):
    """A database has one of our names, but somebody else has made it."""


class Databases:
    """Those of one PostgreSQL server.

    :param url: of the server; the database that it names, if any, is never opened.
    """

    def __init__(self, url: str) -> None:
        self._url = urlsplit(url)

    def url(self, name: str) -> str:
        """Of one of our databases, as Django's environment names it."""
        return self._at(PREFIX + name)

    def connect(self, name: str) -> psycopg.Connection[tuple[object, ...]]:
        """To one of our databases; every statement is a transaction."""
        return psycopg.connect(self.url(name), autocommit=True)

    def make(self, name: str, template: str | None = None) -> None:
        """An empty database, or a copy of another of ours.

        :raises NotOurs: see there.
        """
        source = sql.Identifier(PREFIX + template if template else "template0")
        self.drop(name)
        with self._server() as server:
            database = sql.Identifier(PREFIX + name)
            server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(database, source))
            server.execute(sql.SQL("COMMENT ON DATABASE {} IS {}").format(database, MARK))

    def drop(self, name: str) -> None:
        """Drop it, if there is one, whoever is connected to it.

        :raises NotOurs: see there.
        """
        with self._server() as server:
            found = server.execute(
                "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s",
                [PREFIX + name],
            ).fetchone()
            if found is None:
                return
            if found[0] != MARK:
                raise NotOurs(f"Somebody else's database is called {PREFIX}{name}.")
            database = sql.Identifier(PREFIX + name)
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(database))

    @contextlib.contextmanager
    def bare(self, name: str, *tables: str) -> Iterator[None]:
        """Tables of a database without their indexes and foreign keys, until the end of the block.

        Filled like that and indexed afterwards they are ready several times sooner.
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
