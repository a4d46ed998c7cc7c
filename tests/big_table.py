"""A table so long that PostgreSQL's planner cares how it is read, and what its plans read.

A test module has the rows by ``from tests.big_table import big_table`` and the mark
``usefixtures("big_table")``.
"""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection, transaction

from sessions_api.models import UserSession

USERS = 30_000
SESSIONS = 300_000
#: Seconds from one login to the next: the oldest is of about a hundred days ago.
PACE = 30

#: The key of the first user, ``user0``, whose every thirtieth session is; others have about ten.
FIRST_USER = 1_600_000_000_000
#: Whence every fifth session comes, more than a page may look at; all others are from 10.0.0.0/8.
BUSY_ADDRESS = "192.0.2.1"
#: The browser and the system that only so many sessions have, the oldest.
RARE = "Netscape"
RARE_ONES = 50

TABLES = (UserSession._meta.db_table, get_user_model()._meta.db_table)


def _statements(now: int) -> str:
    """SQL that fills the tables. Session number n is the n-th newest one."""
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
             created_at, expires_at, used_at)
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
            CASE WHEN n >= {SESSIONS} - {RARE_ONES} THEN '{RARE}'
                ELSE (ARRAY['Chrome', 'Firefox'])[n % 2 + 1] END,
            '131.0', '',
            CASE WHEN n >= {SESSIONS} - {RARE_ONES} THEN '{RARE}' ELSE 'Linux' END,
            '', false,
            to_timestamp({began}),
            to_timestamp({began} + CASE WHEN n % 50 = 0 THEN 86400 ELSE 315360000 END),
            CASE WHEN n % 10 > 0 THEN to_timestamp({now} - n * {PACE} / 2) END
        FROM generate_series({SESSIONS} - 1, 0, -1) AS n;

        ANALYZE {", ".join(TABLES)};
    """  # noqa: S608 - made of constants


@pytest.fixture(scope="module")
def big_table(django_db_setup: None, django_db_blocker: Any) -> Iterator[int]:
    """Many users and sessions, for the tests of one module: the second of the newest session."""
    now = int(time.time())
    with django_db_blocker.unblock():
        with transaction.atomic():
            with connection.cursor() as cursor:
                # Its checks would wait for the end of each test.
                cursor.execute(f"ALTER TABLE {TABLES[0]} DROP CONSTRAINT {_foreign_key(cursor)}")
                cursor.execute(_statements(now))
            yield now
            transaction.set_rollback(True)
        with connection.cursor() as cursor:
            # What is known of the tables' length is not rolled back, nor is the space given back.
            cursor.execute(f"VACUUM ANALYZE {', '.join(TABLES)}")


def _foreign_key(cursor: Any) -> str:
    constraints = connection.introspection.get_constraints(cursor, TABLES[0])
    return next(name for name, one in constraints.items() if one["foreign_key"])


@dataclass(frozen=True)
class Plan:
    """How PostgreSQL read the long tables for a statement.

    :param scanned: the tables that it scanned from end to end.
    :param rows: how many of their rows it looked at.
    """

    statement: str
    scanned: list[str]
    rows: int


def plans_of(queries: Any) -> list[Plan]:
    """The plans of the captured queries, each run once more for that.

    :param queries: a ``CaptureQueriesContext``.
    """
    return [_plan(query["sql"]) for query in queries if query["sql"].startswith("SELECT")]


def _plan(statement: str) -> Plan:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {statement}")
        (explained,) = cursor.fetchone()
    if isinstance(explained, str):
        explained = json.loads(explained)
    nodes = [node for node in _nodes(explained[0]["Plan"]) if node.get("Relation Name") in TABLES]
    return Plan(
        statement,
        scanned=[node["Relation Name"] for node in nodes if node["Node Type"] == "Seq Scan"],
        rows=sum(map(_rows_looked_at, nodes)),
    )


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for inner in node.get("Plans", []):
        yield from _nodes(inner)


def _rows_looked_at(node: dict[str, Any]) -> int:
    removed = sum(count for name, count in node.items() if name.startswith("Rows Removed"))
    return int((node["Actual Rows"] + removed) * node["Actual Loops"])
