"""How soon a revocation and a flipped switch take effect in all server processes."""

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

from benchmarks.bench import EVEN, Bench
from benchmarks.endpoints import OWN, call, expect
from benchmarks.figures import percentile
from benchmarks.findings import Cell, Findings, Table, Target
from benchmarks.load import Connection
from benchmarks.paths import ROOT

PROCESSES = 4
#: Two endpoints, alternately, because each allows only three requests a second.
PATHS = (f"{OWN}/me", f"{OWN}?limit=1")


@dataclass
class Trials:
    """The results of trials.

    :param delays: for each trial, the seconds from the response to the change until all processes
        have responded to their next request.
    :param late: responses that did not reflect the change, by status.
    """

    delays: list[float] = field(default_factory=list)
    late: Counter[int] = field(default_factory=Counter)

    def judge(self, done_at: float, statuses: Sequence[int], expected: int) -> None:
        """Record the responses to the requests that followed a change.

        :param done_at: when the change was confirmed.
        :param statuses: the statuses of the responses.
        :param expected: the status that reflects the change.
        """
        self.delays.append(time.perf_counter() - done_at)
        self.late.update(status for status in statuses if status != expected)


def run(bench: Bench) -> Findings:
    """Run trials: half with revocations, half with flips on and off."""
    environment = bench.environment(EVEN)
    count = bench.plan.trials // 4
    calls = bench.inside("contenders.ours.callers.calls", environment, count=3 * count)
    tokens = [headers["Authorization"].removeprefix("Bearer ") for _, headers in calls]
    revocations, flips = Trials(), Trials()
    with ExitStack() as stack:
        connections = [_process(bench, number, environment, stack) for number in range(PROCESSES)]
        for number, token in enumerate(tokens[: 2 * count]):
            _revoke(connections, number, token, revocations)
        with _operator(environment) as operator:
            for token in tokens[2 * count :]:
                _flip(connections, operator, token, flips)
    return _findings(revocations, flips)


def _process(
    bench: Bench, number: int, environment: dict[str, str], stack: ExitStack
) -> Connection:
    """Start a server with one worker and return a connection to it."""
    server = stack.enter_context(bench.serve(f"process-{number}", environment, workers=1))
    return stack.enter_context(Connection(server.port))


def _revoke(connections: Sequence[Connection], number: int, token: str, trials: Trials) -> None:
    for status in _ask_all(connections, token):
        assert status == 200, f"An active session got {status}."
    by = connections[number % PROCESSES]
    expect(200, by, call("DELETE", f"{OWN}/me", token))
    trials.judge(time.perf_counter(), _ask_all(connections, token), 401)


def _flip(
    connections: Sequence[Connection],
    operator: "subprocess.Popen[str]",
    token: str,
    trials: Trials,
) -> None:
    for state, expected in (("on", 503), ("off", 200)):
        assert operator.stdin
        assert operator.stdout
        operator.stdin.write(f"{state}\n")
        operator.stdin.flush()
        assert operator.stdout.readline() == "\n", "The operator has gone."
        trials.judge(time.perf_counter(), _ask_all(connections, token), expected)


def _ask_all(connections: Sequence[Connection], token: str) -> list[int]:
    """Send a request to all processes at once. Return the statuses of their responses."""
    for number, connection in enumerate(connections):
        connection.send(call("GET", PATHS[number % len(PATHS)], token))
    return [connection.wait() for connection in connections]


@contextmanager
def _operator(environment: dict[str, str]) -> "Iterator[subprocess.Popen[str]]":
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.inside.operator"],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield process


def _findings(revocations: Trials, flips: Trials) -> Findings:
    rows: list[list[Cell]] = []
    targets = []
    for name, trials in (("revocation", revocations), ("flipped switch", flips)):
        count, late = len(trials.delays), trials.late.total()
        p99 = percentile(trials.delays, 99) * 1e3
        rows.append([name, count, late, percentile(trials.delays, 50) * 1e3, p99])
        what = f"responses that did not reflect a {name}, of {count * PROCESSES:,}"
        targets.append(Target(what, 0, late))
    title = f"From a change until {PROCESSES} processes have responded to the next request"
    columns = ["change", "trials", "late responses", "p50 ms", "p99 ms"]
    raw: dict[str, Any] = {
        name: {"late": dict(trials.late), "delays": trials.delays}
        for name, trials in (("revocations", revocations), ("flips", flips))
    }
    return Findings([Table(title, columns, rows)], targets, raw)
