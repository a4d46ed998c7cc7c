"""Additional rows for scenarios that delete them, inserted quickly with SQL."""

import contextlib
from collections.abc import Mapping
from typing import Any

import psycopg
from psycopg import sql

SESSIONS = "sessions_api_usersession"

Connection = psycopg.Connection[Any]


def multiply(
    connection: Connection, source: str, count: int, changes: Mapping[str, str], *arguments: Any
) -> None:
    """Insert copies of sessions with new ids.

    :param source: the SQL of a ``FROM`` clause for the rows to copy, with the alias ``source``. A
        row may occur several times, with a column ``number``.
    :param count: the maximum number of copies.
    :param changes: SQL expressions for columns that are not copied.
    :param arguments: the parameters of ``source``.
    """
    columns = [
        str(name)
        for (name,) in connection.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass"
            " AND attnum > 0 AND NOT attisdropped AND attname <> 'id'",
            [SESSIONS],
        )
    ]
    changes = {"jti": "gen_random_uuid()", **changes}
    values = [
        sql.SQL(changes[name]) if name in changes else sql.Identifier("source", name)
        for name in columns
    ]
    connection.execute(
        sql.SQL("INSERT INTO {} ({}) SELECT {} FROM {} LIMIT {}").format(
            sql.Identifier(SESSIONS),
            sql.SQL(", ").join(map(sql.Identifier, columns)),
            sql.SQL(", ").join(values),
            sql.SQL(source),
            sql.Literal(count),
        ),
        arguments,
    )


def add_sessions(connection: Connection, user: int, sid: int, count: int) -> None:
    """Insert more sessions of a user, as copies of one with the id ``sid``, but older.

    Afterwards their pages are written to disk and read into memory, like those of old sessions that
    were viewed recently. Otherwise, inserting into a big table leaves more dirty index pages than
    fit into memory, and the measured deletion would pay for writing them.
    """
    multiply(
        connection,
        f"{SESSIONS} AS source, generate_series(1, %s) AS number WHERE user_id = %s AND sid = %s",
        count,
        {"sid": "source.sid - number"},
        count,
        user,
        sid,
    )
    # Needs a privilege that the role may lack.
    with contextlib.suppress(psycopg.errors.InsufficientPrivilege):
        connection.execute("CHECKPOINT")
    connection.execute(f"SELECT count(name) FROM {SESSIONS} WHERE user_id = %s", [user])  # noqa: S608


def add_expired(connection: Connection, count: int) -> None:
    """Insert sessions of all users that expired a day ago."""
    multiply(
        connection,
        f"{SESSIONS} AS source",
        count,
        {
            # Far below all existing ids.
            "sid": "source.sid - 1000000000",
            "expires_at": "now() - interval '1 day'",
        },
    )


def add_of_browser(connection: Connection, browser: str, count: int) -> None:
    """Insert active sessions of all users, with a browser that tells them from the others."""
    multiply(
        connection,
        f"{SESSIONS} AS source",
        count,
        {
            # Far below all existing ids, and other ones than those of expired sessions.
            "sid": "source.sid - 500000000",
            "browser": f"'{browser}'",
        },
    )
