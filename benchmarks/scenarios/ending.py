"""Ending very many sessions at once, against the statements that it takes at the least."""

import json
import time
from typing import Any

from benchmarks.bench import LARGE, Bench
from benchmarks.endpoints import OWN, call, expect
from benchmarks.figures import median
from benchmarks.findings import Cell, Findings, Table, Target
from benchmarks.load import Connection
from benchmarks.rows import SESSIONS, add_sessions
from benchmarks.rows import Connection as Database

MOST = 2.0
ROUNDS = 15


def run(bench: Bench) -> Findings:
    """The service over HTTP and the bare statements take turns.

    Each time with another owner: one alone would soon be told that these are too many requests,
    and would find the rows in the way that ended the time before.
    """
    environment = bench.environment(LARGE)
    rounds = max(3, min(ROUNDS, bench.plan.samples // 10))
    cast = bench.inside("inside.people.cast", environment, callers=2 * rounds + 1, sessions=1)
    first, *owners = cast["callers"]
    count = bench.plan.largest
    ours, bare = [], []
    with (
        bench.serve("ending", environment, workers=1) as server,
        Connection(server.port) as connection,
        bench.databases.connect(LARGE) as database,
    ):
        _over_http(connection, first)
        for one, another in zip(owners[::2], owners[1::2], strict=True):
            for owner in (one, another):
                add_sessions(database, owner["id"], owner["sids"][0], count)
            ours.append(_over_http(connection, one))
            bare.append(_bare(database, another, count))
    ratio = median(a / b for a, b in zip(ours, bare, strict=True))
    title = f"Ending {count:,} sessions of one user, among {bench.plan.sessions:,}"
    rows: list[list[Cell]] = [
        ["DELETE /users/me/sessions/all, audit included", median(ours) * 1e3],
        ["the bare DELETE and the audit's INSERT, committed", median(bare) * 1e3],
        ["ratio", ratio],
    ]
    return Findings(
        [Table(title, ["what", "ms"], rows)],
        [Target(f"ending {count:,} sessions against the bare SQL", MOST, ratio, "times")],
        {"ours": ours, "bare": bare},
    )


def _over_http(connection: Connection, owner: dict[str, Any]) -> float:
    """Seconds for the request that ends all of them but the one that asks."""
    data = call("DELETE", f"{OWN}/all", owner["token"])
    start = time.perf_counter()
    expect(200, connection, data)
    return time.perf_counter() - start


def _bare(database: Database, owner: dict[str, Any], count: int) -> float:
    """Seconds for what any implementation has to ask of the database."""
    user, newest = owner["id"], owner["sids"][0]
    detail = json.dumps({"sessions": list(range(newest - 1, newest - 1 - count, -1))})
    start = time.perf_counter()
    with database.transaction():
        database.execute(f"DELETE FROM {SESSIONS} WHERE user_id = %s AND sid <> %s", [user, newest])  # noqa: S608
        database.execute(
            "INSERT INTO sessions_api_auditevent (at, kind, actor_id, actor_name, subject_id,"
            " subject_name, address, user_agent, detail)"
            " VALUES (now(), 'sessions_ended', %s, 'owner', %s, 'owner', '10.0.0.1', '', %s)",
            [user, user, detail],
        )
    return time.perf_counter() - start
