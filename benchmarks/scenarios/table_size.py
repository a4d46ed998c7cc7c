"""The latency of the same requests with a small and a big table."""

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from benchmarks.bench import LARGE, SMALL, Bench
from benchmarks.endpoints import OWN, call, expect, logins
from benchmarks.figures import median
from benchmarks.findings import Cell, Findings, Table, Target
from benchmarks.load import Connection

#: The callers and the sessions of each, which make up the small table.
CALLERS, SESSIONS = 100, 10
MOST = 1.1
#: The number of users who each end all of their sessions once.
ENDINGS = 60
QUICK_LOGINS = "benchmarks.inside.quick_logins"


@dataclass
class Side:
    """A table, a server that uses it, and its users."""

    database: str
    connection: Connection
    callers: list[dict[str, Any]]
    owners: list[dict[str, Any]]
    staff: str
    logins: Iterator[bytes]

    def requests(self, number: int) -> Iterator[tuple[str, int, bytes]]:
        """Yield a request to each endpoint: the endpoint, the expected status, and the request.

        :param number: the number of the sample. It determines the caller, so that none exceeds a
            rate limit.
        """
        caller = self.callers[number % CALLERS]
        token, sids = caller["token"], caller["sids"]
        yield "GET …/sessions/me", 200, call("GET", f"{OWN}/me", token)
        yield "GET …/sessions/:sid", 200, call("GET", f"{OWN}/{sids[1]}", token)
        yield "GET …/sessions", 200, call("GET", OWN, token)
        staff_path = f"/api/users/{caller['id']}/sessions"
        yield "GET /users/:uid/sessions (staff)", 200, call("GET", staff_path, self.staff)
        # From the oldest on. There are enough for all samples.
        ended = sids[-1 - number // CALLERS % (SESSIONS - 2)]
        yield "DELETE …/sessions/:sid", 200, call("DELETE", f"{OWN}/{ended}", token)
        yield "POST /login, its hash aside", 201, next(self.logins)


def run(bench: Bench) -> Findings:
    """Measure both tables, which take turns with each request."""
    times: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    with ExitStack() as stack:
        sides = [_enter(bench, database, stack) for database in (SMALL, LARGE)]
        for number in range(min(bench.plan.samples, CALLERS * (SESSIONS - 2))):
            for side in _alternating(sides, number):
                for endpoint, status, data in side.requests(number):
                    start = time.perf_counter()
                    expect(status, side.connection, data)
                    times[endpoint][side.database].append(time.perf_counter() - start)
        for number in range(min(bench.plan.samples, ENDINGS)):
            for side in _alternating(sides, number):
                data = call("DELETE", f"{OWN}/all", side.owners[number]["token"])
                start = time.perf_counter()
                expect(200, side.connection, data)
                times["DELETE …/sessions/all"][side.database].append(time.perf_counter() - start)
    return _findings(bench, times)


def _enter(bench: Bench, database: str, stack: ExitStack) -> Side:
    environment = bench.environment(database, settings=QUICK_LOGINS)
    cast = bench.inside("inside.people.cast", environment, callers=CALLERS, sessions=SESSIONS)
    server = stack.enter_context(bench.serve(f"size-{database}", environment, workers=1))
    connection = stack.enter_context(Connection(server.port))
    # Each ends all of their sessions only once, because of the rate limit.
    owners = bench.inside("inside.people.cast", environment, callers=ENDINGS, sessions=SESSIONS)[
        "callers"
    ]
    for caller in (*cast["callers"], *owners):
        # The first use of a session is recorded; later ones are not for a minute.
        expect(200, connection, call("GET", f"{OWN}/me", caller["token"]))
    return Side(
        database, connection, cast["callers"], owners, cast["staff"], logins(cast["logins"])
    )


def _alternating(sides: Sequence[Side], number: int) -> Sequence[Side]:
    return sides if number % 2 else sides[::-1]


def _findings(bench: Bench, times: dict[str, dict[str, list[float]]]) -> Findings:
    rows: list[list[Cell]] = []
    targets = []
    for endpoint, of in times.items():
        small, large = median(of[SMALL]), median(of[LARGE])
        # By pairs, which were measured under the same conditions.
        ratio = median(b / a for a, b in zip(of[SMALL], of[LARGE], strict=True))
        rows.append([endpoint, small * 1e3, large * 1e3, ratio, len(of[LARGE])])
        targets.append(Target(f"{endpoint}: big table against small", MOST, ratio, "times"))
    title = (
        f"A table of {bench.plan.sessions:,} sessions of {bench.plan.users:,} users, one with "
        f"{bench.plan.largest:,}, against one of {CALLERS * SESSIONS:,}"
    )
    columns = ["endpoint", "small ms", "big ms", "big to small", "samples"]
    raw = {endpoint: dict(of) for endpoint, of in times.items()}
    return Findings([Table(title, columns, rows)], targets, raw)
