"""Pruning expired sessions while requests go on: who waits for it, and what memory it takes."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from benchmarks import processes
from benchmarks.bench import EVEN, Bench, InsideFailed
from benchmarks.databases import Databases
from benchmarks.findings import Cell, Findings, Table, Target
from benchmarks.load import drive, request, shares
from benchmarks.places import ROOT
from benchmarks.rows import add_expired

MOST_WAIT = 50.0
#: By how much its memory may grow in the second half of the run, in mebibytes.
MOST_GROWTH = 20.0
#: Few enough that requests wait for a lock rather than for their turn.
CONNECTIONS = 4
#: Seconds between two looks at the locks and at the memory.
INTERVAL = 0.02
#: Requests that go on at a time, in seconds.
SLICE = 0.5
WAITS = """
    SELECT coalesce(max(extract(epoch FROM clock_timestamp() - waitstart)), 0)
    FROM pg_locks WHERE NOT granted AND database = (
        SELECT oid FROM pg_database WHERE datname = current_database()
    )
"""


@dataclass
class Watch:
    """:param wait: the longest that anybody has waited for a lock, in seconds.
    :param memory: of the one who prunes, from time to time, in mebibytes.
    """

    wait: float = 0.0
    memory: list[float] = field(default_factory=list)

    @property
    def growth(self) -> float:
        """Mebibytes by which the second half of the run exceeded the first, which has the start."""
        half = len(self.memory) // 2
        return max(0.0, max(self.memory[half:]) - max(self.memory[:half], default=0.0))


def run(bench: Bench) -> Findings:
    """Requests alone; then with pruning."""
    environment = bench.environment(EVEN)
    calls = bench.inside("contenders.ours.callers.calls", environment, count=bench.plan.callers)
    requests = shares([request(path, headers) for path, headers in calls], CONNECTIONS)
    with bench.databases.connect(EVEN) as database:
        add_expired(database, bench.plan.expired)
    with bench.serve("pruning", environment) as server:
        drive(server.port, requests, seconds=SLICE)
        calm = _slowest(server.port, requests, SLICE * 4)
        with _pruning(environment) as pruner, _watching(bench.databases, pruner.pid) as watch:
            start, slowest = time.perf_counter(), 0.0
            while pruner.poll() is None:
                slowest = max(slowest, _slowest(server.port, requests, SLICE))
            took = time.perf_counter() - start
        assert pruner.stdout
        said = pruner.stdout.read().strip()
    if pruner.returncode:
        raise InsideFailed(f"Pruning failed: {said}")
    removed = int(said.splitlines()[0].rpartition(" ")[2])
    rows: list[list[Cell]] = [
        ["expired sessions removed", removed, "rows"],
        ["in", took, "s"],
        ["the longest that anybody waited for a lock", watch.wait * 1e3, "ms"],
        ["the slowest request meanwhile", slowest * 1e3, "ms"],
        ["the slowest request without it", calm * 1e3, "ms"],
        ["memory of the one who prunes, at most", max(watch.memory), "MB"],
        ["of that, grown in the second half of the run", watch.growth, "MB"],
    ]
    title = f"Pruning while {CONNECTIONS} connections read"
    targets = [
        Target("the longest wait for a lock while pruning", MOST_WAIT, watch.wait * 1e3, "ms"),
        Target("growth of memory while pruning", MOST_GROWTH, watch.growth, "MB"),
        Target("rows that pruning removed", bench.plan.expired, removed, at_most=False),
    ]
    return Findings(
        [Table(title, ["what", "number", "unit"], rows)], targets, {"memory": watch.memory}
    )


def _slowest(port: int, requests: Sequence[Sequence[bytes]], seconds: float) -> float:
    [result] = drive(port, requests, seconds=seconds)
    return max(result.latencies, default=seconds)


@contextmanager
def _pruning(environment: dict[str, str]) -> "Iterator[subprocess.Popen[str]]":
    process = subprocess.Popen(
        [sys.executable, "manage.py", "prune_sessions"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@contextmanager
def _watching(databases: Databases, pid: int) -> Iterator[Watch]:
    """Look at the locks and at a process until the end of the block."""
    watch, over = Watch(), threading.Event()

    def look() -> None:
        with databases.connect(EVEN) as connection:
            while not over.wait(INTERVAL):
                row = connection.execute(WAITS).fetchone()
                assert row
                watch.wait = max(watch.wait, float(str(row[0])))
                if process := processes.read(pid):
                    watch.memory.append(process.resident)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield watch
    finally:
        over.set()
        thread.join()
