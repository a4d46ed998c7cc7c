"""The latency of requests that come when they come, in calm and beside heavy work."""

import contextlib
import multiprocessing
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from itertools import islice

from benchmarks.arrivals import arrive
from benchmarks.bench import EVEN, Bench, InsideFailed
from benchmarks.endpoints import logins
from benchmarks.findings import Cell, Findings, Table, Target
from benchmarks.load import Result, drive, request, shares, warm_up
from benchmarks.paths import ROOT
from benchmarks.rows import add_expired, add_of_browser

#: The connections that find the maximum rate.
DRIVERS = 16
#: The part of the maximum rate at which requests arrive.
PART = 0.6
#: Keep-alive connections of a proxy.
CONNECTIONS = 64
#: The clients that log in, each as fast as it can.
LOGINS = 16
#: The number of prepared logins per client: more than any server can answer.
PREPARED = 2000
#: The browser of sessions that are ended in bulk, which nobody else has.
BROWSER = "Stolen"

Work = Callable[[], AbstractContextManager[None]]


def run(bench: Bench) -> Findings:
    """Measure the maximum rate; then, at a part of it, the latencies beside each kind of work."""
    environment = bench.environment(EVEN)
    names = bench.inside("inside.people.cast", environment, callers=LOGINS, sessions=1)["logins"]
    calls = bench.inside("contenders.ours.callers.calls", environment, count=bench.plan.callers)
    requests = [request(path, headers) for path, headers in calls]
    with bench.databases.connect(EVEN) as database:
        add_expired(database, bench.plan.expired)
        add_of_browser(database, BROWSER, bench.plan.expired)
    results = {}
    with bench.serve("open-loop", environment) as server:
        prepared = shares(list(islice(logins(names), LOGINS * PREPARED)), LOGINS)
        warm_up(server.port, shares(requests, DRIVERS))
        [fastest] = drive(server.port, shares(requests, DRIVERS), seconds=bench.plan.arrivals)
        works: dict[str, Work] = {
            "calm": contextlib.nullcontext,
            "pruning": lambda: _running(environment, "prune_sessions"),
            "a bulk sign-out": lambda: _running(
                environment,
                "sessions",
                "end",
                f"--browser={BROWSER}",
                "--reason=stolen",
                "--no-input",
            ),
            "a storm of logins": lambda: _storming(server.port, prepared, bench.plan.arrivals),
        }
        rate = fastest.rate * PART
        for name, work in works.items():
            with work():
                results[name] = arrive(
                    server.port,
                    requests,
                    rate=rate,
                    seconds=bench.plan.arrivals,
                    connections=CONNECTIONS,
                )
    return _findings(fastest.rate, results)


@contextmanager
def _running(environment: Mapping[str, str], *command: str) -> Iterator[None]:
    """Run a command of ``manage.py`` beside the block, and wait for its end.

    :raises InsideFailed: the command failed.
    """
    process = subprocess.Popen(
        [sys.executable, "manage.py", *command],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield
        said, _ = process.communicate()
    finally:
        process.kill()
        process.wait()
    if process.returncode:
        raise InsideFailed(f"{' '.join(command)} failed: {said}")


@contextmanager
def _storming(port: int, prepared: Sequence[Sequence[bytes]], seconds: float) -> Iterator[None]:
    """Let clients log in beside the block, from a process of their own."""
    # The parent has no threads and no connections to databases here.
    process = multiprocessing.get_context("fork").Process(
        target=drive, args=(port, prepared), kwargs={"seconds": seconds}
    )
    process.start()
    try:
        yield
        process.join()
    finally:
        process.kill()
        process.join()


def _findings(fastest: float, results: Mapping[str, Result]) -> Findings:
    rows: list[list[Cell]] = [
        [
            name,
            len(result.latencies),
            *(result.latency(percent) * 1e3 for percent in (50, 99, 99.9, 100)),
        ]
        for name, result in results.items()
    ]
    title = (
        f"Requests that arrive at random, {fastest * PART:,.0f} a second"
        f" ({PART:.0%} of the maximum, {fastest:,.0f})"
    )
    note = "Latencies count from the arrival: they include waiting for a connection."
    columns = ["beside", "requests", "p50 ms", "p99 ms", "p99.9 ms", "slowest ms"]
    refused = sum(sum(result.others(200).values()) for result in results.values())
    return Findings(
        [Table(title, columns, rows, note)],
        [Target("requests of the open loop that were refused", 0, refused)],
        {
            "fastest": fastest,
            **{name: {"statuses": dict(one.statuses)} for name, one in results.items()},
        },
    )
