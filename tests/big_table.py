"""Tables large enough for PostgreSQL's planner to prefer indexes, and the plans of queries on them.

The fixture ``big_table`` fills the tables.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sessions_api.models import UserSession
from sessions_api.passwords.marks import UNUSABLE
from sessions_api.second_factors.models import BackupCode, SecondFactor, SpentToken

USERS = 30_000
SESSIONS = 300_000
#: Seconds between two logins. The oldest is about a hundred days ago.
PACE = 30

#: The key of the first user, ``user0``, who owns every thirtieth session. Others have about ten.
FIRST_USER = 1_600_000_000_000
#: The address of every fifth session, which are more than a page may read. All others are in
#: 10.0.0.0/8.
BUSY_ADDRESS = "192.0.2.1"
#: The browser and operating system of the oldest sessions, and the number of these.
RARE = "Netscape"
RARE_ONES = 50

#: The number of users without a second factor: the first ones. All others have one.
WITHOUT_FACTOR = 1_000

TABLES = tuple(
    model._meta.db_table
    for model in (UserSession, get_user_model(), SecondFactor, BackupCode, SpentToken)
)


def statements(now: int, sessions: int = SESSIONS) -> str:
    """Return SQL that fills the tables. Session number n is the n-th newest one.

    :param now: the current time in UNIX seconds.
    :param sessions: how many there are.
    """
    began = f"{now} - n * {PACE}"
    return f"""
        INSERT INTO cumulonimbus_user
            (id, username, email, password, is_superuser, is_staff, is_active)
        SELECT {FIRST_USER} + n, 'user' || n, 'user' || n || '@example.com', '!',
            false, false, true
        FROM generate_series(0, {USERS} - 1) AS n;

        INSERT INTO sessions_api_usersession
            (user_id, sid, jti, name, dialect, permission_flags, address, location, user_agent,
             browser, browser_version, platform, os, os_version, is_dev,
             created_at, expires_at, used_at, password_mark)
        SELECT
            {FIRST_USER} + CASE WHEN n % 30 = 0 THEN 0 ELSE n * 7919::bigint % {USERS} END,
            {began},
            gen_random_uuid(),
            'Session ' || n,
            (ARRAY['v3', 'v4', 'v5', 'wolfpal'])[n % 4 + 1],
            CASE WHEN n % 10 = 0 THEN 32 END,
            CASE WHEN n % 5 = 0 THEN '{BUSY_ADDRESS}'
                ELSE '10.0.0.0'::inet + n * 40503::bigint % (1 << 24) END,
            (ARRAY['Paris, France', 'Rome, Italy', ''])[n % 3 + 1],
            '',
            CASE WHEN n >= {sessions} - {RARE_ONES} THEN '{RARE}'
                ELSE (ARRAY['Chrome', 'Firefox'])[n % 2 + 1] END,
            '131.0', '',
            CASE WHEN n >= {sessions} - {RARE_ONES} THEN '{RARE}' ELSE 'Linux' END,
            '', false,
            to_timestamp({began}),
            to_timestamp({began} + CASE WHEN n % 50 = 0 THEN 86400 ELSE 315360000 END),
            CASE WHEN n % 10 > 0 THEN to_timestamp({now} - n * {PACE} / 2) END,
            '{UNUSABLE}'
        FROM generate_series({sessions} - 1, 0, -1) AS n;

        INSERT INTO {SecondFactor._meta.db_table}
            (user_id, name, confirmed, type, secret, credential_id, counter, created_at)
        SELECT {FIRST_USER} + n, 'Key', true, 'webauthn', '', 'credential ' || n, 0, now()
        FROM generate_series({WITHOUT_FACTOR}, {USERS} - 1) AS n;

        INSERT INTO {BackupCode._meta.db_table} (user_id, digest)
        SELECT {FIRST_USER} + n, md5(n::text)
        FROM generate_series({WITHOUT_FACTOR}, {USERS} - 1) AS n;

        INSERT INTO {SpentToken._meta.db_table} (jti, expires_at)
        SELECT gen_random_uuid(), now() FROM generate_series(1, {USERS});

        ANALYZE {", ".join(TABLES)};
    """  # noqa: S608 - made of constants


def move_to_console(now: int, count: int) -> None:
    """Make the oldest sessions ones of the console, within the test's transaction.

    :param now: the time of the newest session.
    """
    oldest = now - (SESSIONS - count) * PACE
    UserSession.objects.filter(sid__lte=oldest).update(jti=None)


def drop_foreign_keys(cursor: Any) -> None:
    """Drop the foreign keys of the tables, which would be checked at the end of each test."""
    for table in TABLES:
        constraints = connection.introspection.get_constraints(cursor, table)
        for name, one in constraints.items():
            if one["foreign_key"]:
                cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")


@contextmanager
def foreign_keys_checked_at_once(cursor: Any, tables: Iterable[str]) -> Iterator[None]:
    """Check the foreign keys of tables after the block, which is faster than row by row."""
    cursor.execute(
        "SELECT conrelid::regclass, conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE contype = 'f' AND conrelid = ANY(%s::regclass[]) AND conparentid = 0",
        [list(tables)],
    )
    keys = cursor.fetchall()
    for table, name, _ in keys:
        cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    yield
    for table, name, definition in keys:
        cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")


EXPLAIN = "EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) "


@dataclass(frozen=True)
class Plan:
    """How PostgreSQL read the large tables for a statement.

    :param statement: the SQL.
    :param scanned: the tables or partitions that it read with sequential scans.
    :param rows: the number of rows that it read.
    :param partitions: the partitions that it read, unless nothing made it read them in the end.
    """

    statement: str
    scanned: list[str]
    rows: int
    partitions: set[str]


def plans_of(queries: Any) -> list[Plan]:
    """Return the plans of captured ``SELECT`` queries, which are executed again for this.

    :param queries: a ``CaptureQueriesContext``.
    """
    return [_plan(query["sql"]) for query in queries if query["sql"].startswith("SELECT")]


@contextmanager
def explained() -> Iterator[list[Plan]]:
    """Collect the plans of all statements in the block that find rows.

    Each plan is made just before its statement runs, so unlike with :func:`plans_of`, deletions
    still find their rows.
    """
    plans = []

    def explain(execute: Callable[..., Any], statement: str, *arguments: Any) -> Any:
        if re.match(r"SELECT|UPDATE|DELETE|WITH|INSERT .*\) SELECT", statement):
            with connection.cursor() as cursor:
                # These do not match the prefixes above, so this does not recurse.
                cursor.execute("SAVEPOINT explained")
                cursor.execute(EXPLAIN + statement, arguments[0])
                plans.append(_read(statement, cursor.fetchone()))
                cursor.execute("ROLLBACK TO SAVEPOINT explained")
        return execute(statement, *arguments)

    # Capturing queries prevents prepared statements, which bypass the wrapper.
    with CaptureQueriesContext(connection), connection.execute_wrapper(explain):
        yield plans


def _plan(statement: str) -> Plan:
    with connection.cursor() as cursor:
        cursor.execute(EXPLAIN + statement)
        return _read(statement, cursor.fetchone())


def _read(statement: str, row: tuple[Any]) -> Plan:
    (plan,) = row
    if isinstance(plan, str):
        plan = json.loads(plan)
    nodes = [
        (table, partition, node)
        for node in _nodes(plan[0]["Plan"])
        for table, partition in [_table_of(node)]
        if table in TABLES
    ]
    return Plan(
        statement,
        scanned=[table + part for table, part, node in nodes if node["Node Type"] == "Seq Scan"],
        rows=sum(_rows_looked_at(node) for *_, node in nodes),
        partitions={table + part for table, part, node in nodes if part and node["Actual Loops"]},
    )


def _table_of(node: dict[str, Any]) -> tuple[str, str]:
    """Return the table of a node, and the suffix of its partition; "" without one."""
    name = node.get("Relation Name", "")
    table, mark, number = name.rpartition("_p")
    return (table, mark + number) if mark and number.isdecimal() else (name, "")


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for inner in node.get("Plans", []):
        yield from _nodes(inner)


def _rows_looked_at(node: dict[str, Any]) -> int:
    removed = sum(count for name, count in node.items() if name.startswith("Rows Removed"))
    return int((node["Actual Rows"] + removed) * node["Actual Loops"])
