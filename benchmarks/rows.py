"""Rows for a scenario to use up, made by SQL so that making them takes no time."""

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
    """Insert copies of sessions with new ids of their own.

    :param source: SQL for the rows to copy, as ``FROM`` takes it, with the name ``source``; each
        may come several times, told apart by a column ``number``.
    :param count: of copies, at most.
    :param changes: columns that are not copied, with SQL for each.
    :param arguments: of ``source``.
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
    """So many more sessions of a user, like the one with the session id ``sid``, and older.

    Their pages are as those of sessions that began long ago and that somebody has just looked at:
    written out, and in memory again. To insert them dirties pages all over the indexes, and of a
    big table that is more than fit into memory; who ends them would be charged for it.
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
    # Where the role may.
    with contextlib.suppress(psycopg.errors.InsufficientPrivilege):
        connection.execute("CHECKPOINT")
    connection.execute(f"SELECT count(name) FROM {SESSIONS} WHERE user_id = %s", [user])  # noqa: S608


def add_expired(connection: Connection, count: int) -> None:
    """So many sessions that expired a day ago, of all users."""
    multiply(
        connection,
        f"{SESSIONS} AS source",
        count,
        {
            # Long before anybody's own ids.
            "sid": "source.sid - 1000000000",
            "expires_at": "now() - interval '1 day'",
        },
    )
