"""Pruning expired sessions under load: lock waits, latency and memory."""

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
from benchmarks.paths import ROOT
from benchmarks.rows import add_expired

MOST_WAIT = 50.0
#: The maximum growth of its memory in the second half of the run, in mebibytes.
MOST_GROWTH = 20.0
#: Few, so that requests wait for locks rather than for a worker.
CONNECTIONS = 4
#: Seconds between two samples of locks and memory.
INTERVAL = 0.02
#: The duration of each series of requests, in seconds.
SLICE = 0.5
WAITS = """
    SELECT coalesce(max(extract(epoch FROM clock_timestamp() - waitstart)), 0)
    FROM pg_locks WHERE NOT granted AND database = (
        SELECT oid FROM pg_database WHERE datname = current_database()
    )
"""


@dataclass
class Watch:
    """Samples taken while pruning.

    :param wait: the longest wait for a lock, in seconds.
    :param memory: samples of the pruning process's memory, in mebibytes.
    """

    wait: float = 0.0
    memory: list[float] = field(default_factory=list)

    @property
    def growth(self) -> float:
        """The growth of the memory's maximum from the first half to the second, in mebibytes."""
        half = len(self.memory) // 2
        return max(0.0, max(self.memory[half:]) - max(self.memory[:half], default=0.0))


def run(bench: Bench) -> Findings:
    """Measure requests alone, then while pruning."""
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
        ["the longest wait for a lock", watch.wait * 1e3, "ms"],
        ["the slowest request while pruning", slowest * 1e3, "ms"],
        ["the slowest request without pruning", calm * 1e3, "ms"],
        ["maximum memory of the pruning process", max(watch.memory), "MB"],
        ["growth of it in the second half of the run", watch.growth, "MB"],
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
    """Sample lock waits and a process's memory until the end of the block."""
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
