"""Ending very many sessions at once, against the statements that it takes at the least, in a table
of millions and in one of next to none."""

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
#: How much more the service may lose to a table's size than the bare statements do.
MOST_GROWTH = 1.1
ROUNDS = 15


@dataclass
class Times:
    """In seconds, of each round."""

    ours: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        return median(a / b for a, b in zip(self.ours, self.bare, strict=True))


def run(bench: Bench) -> Findings:
    """The same in both tables."""
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
    columns = ["", "DELETE …/sessions/all, ms", "the bare DELETE and audit, ms", "ratio"]
    note = (
        "Among millions nearly each of the rows lies on a page of its own, in the other table fifty"
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
    """The service over HTTP and the bare statements take turns.

    Each time with another owner: one alone would soon be told that these are too many requests,
    and would find the rows in the way that ended the time before.
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
