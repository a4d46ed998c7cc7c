"""The throughput of reads during a storm of logins."""

from collections.abc import Mapping
from itertools import islice
from typing import Any

from benchmarks.bench import EVEN, Bench
from benchmarks.endpoints import logins
from benchmarks.findings import Findings, Table, Target
from benchmarks.load import Result, drive, request, shares, warm_up

READERS, LOGINS = 16, 16
MOST_LOSS = 30.0
#: The memory of a worker, plus that of one Argon2id hash at Django's cost.
MOST_MEMORY = 150.0 + 100.0
#: The number of prepared logins per connection: more than any server can answer.
PREPARED = 2000


def run(bench: Bench) -> Findings:
    """Measure with one worker and with two."""
    findings = Findings()
    rows = []
    environment = bench.environment(EVEN)
    names = bench.inside("inside.people.cast", environment, callers=LOGINS, sessions=1)["logins"]
    calls = bench.inside("contenders.ours.callers.calls", environment, count=bench.plan.callers)
    readers = shares([request(path, headers) for path, headers in calls], READERS)
    prepared = list(islice(logins(names), LOGINS * PREPARED))
    for workers in (1, 2):
        with bench.serve(f"storm-{workers}", environment, workers=workers) as server:
            warm_up(server.port, readers)
            [calm] = drive(server.port, readers, seconds=bench.plan.storm / 2)
            quiet_memory = server.memory()
            stormy, storm = drive(
                server.port, readers, shares(prepared, LOGINS), seconds=bench.plan.storm
            )
            memory = server.memory()
        loss = (1 - stormy.rate / calm.rate) * 100
        rows.append(
            [
                workers,
                calm.rate,
                stormy.rate,
                loss,
                stormy.latency(99) * 1e3,
                _outcomes(storm.statuses),
                storm.latency(50) * 1e3,
                quiet_memory,
                memory,
            ]
        )
        of = f"{workers} worker" + ("s" if workers > 1 else "")
        findings.targets += [
            Target(f"reads lost to {LOGINS} clients that log in, {of}", MOST_LOSS, loss, "%"),
            Target(
                f"memory of a worker and its hash in that storm, {of}", MOST_MEMORY, memory, "MB"
            ),
            Target(f"reads refused in that storm, {of}", 0, sum(stormy.others(200).values())),
        ]
        findings.raw[of] = {"calm": _raw(calm), "reads": _raw(stormy), "logins": _raw(storm)}
    columns = [
        "workers",
        "reads/s",
        "in the storm",
        "lost %",
        "their p99 ms",
        "logins by status",
        "their p50 ms",
        "MB",
        "in the storm ",
    ]
    title = f"{READERS} connections read while {LOGINS} log in as fast as they can"
    findings.tables = [Table(title, columns, rows)]
    return findings


def _outcomes(statuses: Mapping[int, int]) -> str:
    return ", ".join(f"{status}: {number}" for status, number in sorted(statuses.items())) or "none"


def _raw(result: Result) -> dict[str, Any]:
    return {
        "rate": result.rate,
        "p50": result.latency(50),
        "p99": result.latency(99),
        "statuses": dict(result.statuses),
    }
