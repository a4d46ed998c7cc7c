"""Ending many sessions at once, compared with the minimum of SQL, in a big and a small table."""

import json
import time
from dataclasses import dataclass, field
from typing import Any

from benchmarks.bench import LARGE, SMALL, Bench
from benchmarks.endpoints import OWN, call, expect
from benchmarks.figures import median
from benchmarks.findings import Cell, Findings, Table, Target
from benchmarks.load import Connection
from benchmarks.rows import SESSIONS, add_sessions
from benchmarks.rows import Connection as Database

MOST = 2.0
#: The maximum ratio of the service's slowdown in the big table to that of the SQL statements.
MOST_GROWTH = 1.1
ROUNDS = 15
#: The columns that the table of ended sessions has in common with that of sessions.
COLUMNS = (
    "user_id, sid, name, dialect, permission_flags, address, location, user_agent, browser,"
    " browser_version, platform, os, os_version, is_dev, created_at, expires_at, used_at"
)
#: What any implementation needs that keeps ended sessions: it deletes one user's but one.
END = f"""
    WITH gone AS (DELETE FROM {SESSIONS} WHERE user_id = %s AND sid <> %s RETURNING id, {COLUMNS}),
    kept AS (
        INSERT INTO sessions_api_pastsession
            (session_pk, {COLUMNS}, has_token, ended_at, cause, reason, actor_name)
        SELECT gone.*, true, now(), 'owner', '', 'owner' FROM gone
    )
    SELECT sid FROM gone"""  # noqa: S608


@dataclass
class Times:
    """The seconds of each round.

    :param ours: of the service.
    :param bare: of the SQL statements.
    """

    ours: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        return median(a / b for a, b in zip(self.ours, self.bare, strict=True))


def run(bench: Bench) -> Findings:
    """Measure both tables."""
    count, sessions = bench.plan.largest, bench.plan.sessions
    big, small = _measure(bench, LARGE), _measure(bench, SMALL)
    rows: list[list[Cell]] = [
        [
            where,
            median(times.ours) * 1e3,
            median(times.bare) * 1e3,
            times.ratio,
        ]
        for where, times in ((f"among {sessions:,}", big), ("among next to none", small))
    ]
    growth = big.ratio / small.ratio
    rows.append(
        [
            "the first to the second",
            median(big.ours) / median(small.ours),
            median(big.bare) / median(small.bare),
            growth,
        ]
    )
    columns = ["", "DELETE …/sessions/all, ms", "the bare SQL, ms", "ratio"]
    note = (
        "In the big table nearly every row is on a different page; in the other one, fifty"
        " share one."
    )
    what = f"ending {count:,} sessions"
    return Findings(
        [Table(f"Ending {count:,} sessions of one user", columns, rows, note)],
        [
            Target(f"{what} against the bare SQL", MOST, big.ratio, "times"),
            Target(f"{what}: lost to size, against the bare SQL", MOST_GROWTH, growth, "times"),
        ],
        {"big": vars(big), "small": vars(small)},
    )


def _measure(bench: Bench, name: str) -> Times:
    """Measure the service over HTTP and the SQL statements in turns.

    Each time uses another owner. A single one would soon exceed a rate limit, and the dead rows of
    earlier rounds would slow it down.
    """
    environment = bench.environment(name)
    rounds = max(3, min(ROUNDS, bench.plan.samples // 10))
    cast = bench.inside("inside.people.cast", environment, callers=2 * rounds + 1, sessions=1)
    first, *owners = cast["callers"]
    times = Times()
    with (
        bench.serve(f"ending-{name}", environment, workers=1) as server,
        Connection(server.port) as connection,
        bench.databases.connect(name) as database,
    ):
        _over_http(connection, first)
        for one, another in zip(owners[::2], owners[1::2], strict=True):
            for owner in (one, another):
                add_sessions(database, owner["id"], owner["sids"][0], bench.plan.largest)
            times.ours.append(_over_http(connection, one))
            times.bare.append(_bare(database, another, bench.plan.largest))
    return times


def _over_http(connection: Connection, owner: dict[str, Any]) -> float:
    """Return the seconds of a request that ends all of the owner's sessions except its own."""
    data = call("DELETE", f"{OWN}/all", owner["token"])
    start = time.perf_counter()
    expect(200, connection, data)
    return time.perf_counter() - start


def _bare(database: Database, owner: dict[str, Any], count: int) -> float:
    """Return the seconds of the statements that any implementation needs."""
    user, newest = owner["id"], owner["sids"][0]
    detail = json.dumps({"sessions": list(range(newest - 1, newest - 1 - count, -1))})
    start = time.perf_counter()
    with database.transaction():
        database.execute(END, [user, newest])
        database.execute(
            "INSERT INTO sessions_api_auditevent (at, kind, actor_id, actor_name, subject_id,"
            " subject_name, address, user_agent, detail)"
            " VALUES (now(), 'sessions_ended', %s, 'owner', %s, 'owner', '10.0.0.1', '', %s)",
            [user, user, detail],
        )
    return time.perf_counter() - start
