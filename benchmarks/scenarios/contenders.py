"""The throughput of all contenders, which run at the same time and take turns in rounds.

A process is a few percent faster or slower than its like for as long as it lives, by chance, such
as the layout of its memory. So after every few rounds, all servers are started anew.
"""

import contextlib
import math
import random

from benchmarks.bench import EVEN, Bench
from benchmarks.contenders import (
    BAREST_PEERS,
    CONTENDERS,
    FLOOR,
    FORMER,
    OURS,
    VARIANTS,
    Contender,
    ourselves,
)
from benchmarks.figures import median
from benchmarks.findings import Cell, Findings, Table, Target
from benchmarks.load import Result, drive, request, shares
from benchmarks.racers import CONNECTIONS, Racer
from benchmarks.servers import FEW_THREADS

#: The minimum ratio of the service's throughput to that of each other contender.
TARGETS = {"knox": 2.2, "allauth": 5.0, "simplejwt": 1.5, FLOOR: 0.95, FORMER: 0.92}
#: The minimum ratio of the throughput with optional features to that without them.
LEAST_OF_VARIANTS = 0.97
MOST_MEMORY = 150.0
#: The number of rounds between two starts of the servers.
ROUNDS_OF_A_START = 15
#: Seconds for which a separate process of each contender is profiled.
WATCHED = 0.6
#: The number of tokens for callers with one request each: more than can be used in a second.
NEW_TOKENS = 6000
NOTHING = "benchmarks.contenders.nothing:application"


def run(bench: Bench) -> Findings:
    """Profile each contender alone; then measure all of them in turns."""
    entered = CONTENDERS + (BAREST_PEERS if bench.plan.barest else [])
    if bench.former is not None:
        entered.append(ourselves(FORMER, root=bench.former))
    racers = {one.name: _enter(bench, one) for one in entered}
    for first in range(0, bench.plan.rounds, ROUNDS_OF_A_START):
        last = min(first + ROUNDS_OF_A_START, bench.plan.rounds)
        _measure(bench, list(racers.values()), range(first, last))
    new = _callers_who_come_once(bench, racers[OURS])
    findings = Findings()
    findings.tables = [
        _race(racers),
        _remarks(racers[OURS], new, _generator_alone(bench)),
        _stages(racers),
    ]
    findings.targets = [
        Target(
            f"requests/s against {racers[name].contender.title}",
            least,
            _ratio(racers, name),
            "times",
            at_most=False,
        )
        for name, least in TARGETS.items()
        if name in racers
    ]
    findings.targets += [
        Target(
            f"requests/s of {variant.title}, against those without",
            LEAST_OF_VARIANTS,
            _ratio(racers, variant.beside, mine=variant.name),
            "times",
            at_most=False,
        )
        for variant in VARIANTS
    ]
    findings.targets.append(
        Target("memory of a worker under load", MOST_MEMORY, racers[OURS].memory, "MB")
    )
    refused = sum(racer.refused for racer in racers.values())
    findings.targets.append(Target("answers other than 200", 0, refused))
    findings.raw = {
        name: {
            "title": one.contender.title,
            "rates": one.rates,
            "cpu": one.cpu,
            "queries": one.queries,
            "stages": one.stages,
        }
        for name, one in racers.items()
    }
    return findings


def _enter(bench: Bench, contender: Contender) -> Racer:
    environment = bench.environment(
        contender.database, settings=contender.settings, **contender.environment
    )
    seen = bench.inside(
        "inside.requests.look",
        environment,
        root=contender.root,
        contender=contender.package,
        callers=bench.plan.callers,
        # Peers and other revisions have no variants.
        **({"first": contender.first} if contender.first else {}),
        seconds=WATCHED,
    )
    callers = [request(path, headers) for path, headers in seen["calls"]]
    return Racer(contender, environment, callers, seen["queries"], seen["stages"])


def _measure(bench: Bench, racers: list[Racer], rounds: range) -> None:
    """Measure some rounds with new servers."""
    with contextlib.ExitStack() as stack:
        order = [stack.enter_context(racer.started(bench)) for racer in racers]
        for number in rounds:
            last = order[-1]
            # None always starts, or always comes after the same one, which may leave work behind.
            random.Random(number).shuffle(order)  # noqa: S311
            if order[0] is last:
                # Its callers would come twice at once, and exceed the burst limit.
                order.reverse()
            for start in order:
                start.turn()


def _ratio(racers: dict[str, Racer], other: str, *, mine: str = OURS) -> float:
    """Return the ratio of the service's throughput to another's: the median over the rounds."""
    pairs = zip(racers[mine].rates, racers[other].rates, strict=True)
    return median(mine / theirs if theirs else math.inf for mine, theirs in pairs)


def _callers_who_come_once(bench: Bench, ours: Racer) -> Result:
    """Measure the service with tokens that no worker has seen before."""
    calls = bench.inside(
        "contenders.ours.callers.calls",
        ours.environment,
        count=bench.plan.callers,
        tokens=NEW_TOKENS,
    )
    requests = [request(path, headers) for path, headers in calls]
    with ours.started(bench) as start:
        [result] = drive(start.server.port, shares(requests, CONNECTIONS), seconds=1.0)
    return result


def _generator_alone(bench: Bench) -> Result:
    """Measure the load generator with a server that does no work."""
    with bench.serve("nothing", bench.environment(EVEN), NOTHING, threads=FEW_THREADS) as server:
        callers = shares([request("/")] * CONNECTIONS, CONNECTIONS)
        [result] = drive(server.port, callers, seconds=1.0)
    return result


def _race(racers: dict[str, Racer]) -> Table:
    columns = ["", "requests/s", "ours to it", "p50 ms", "p99 ms", "CPU µs", "queries"]
    rows: list[list[Cell]] = []
    for name, racer in racers.items():
        latencies = Result(latencies=racer.latencies)
        rows.append(
            [
                racer.contender.title,
                median(racer.rates),
                _ratio(racers, name),
                latencies.latency(50) * 1e3,
                latencies.latency(99) * 1e3,
                median(racer.cpu) * 1e6,
                racer.queries,
            ]
        )
    title = f"An authenticated GET, {CONNECTIONS} connections, medians of the rounds"
    note = "CPU and queries are those of one request; CPU is that of the workers alone."
    return Table(title, columns, rows, note)


def _stages(racers: dict[str, Racer]) -> Table:
    ours = racers[OURS].stages
    stages = sorted(
        {stage for racer in racers.values() for stage in racer.stages},
        key=lambda stage: -ours.get(stage, 0),
    )
    rows: list[list[Cell]] = [
        [stage, *(racer.stages.get(stage) for racer in racers.values())] for stage in stages
    ]
    rows.append(["together", *(sum(racer.stages.values()) for racer in racers.values())])
    title = "Where the time goes: µs of CPU for one request, within one process"
    return Table(title, ["stage", *racers], rows)


def _remarks(ours: Racer, new: Result, alone: Result) -> Table:
    generator = alone.generator_cpu / len(alone.latencies)
    rows: list[list[Cell]] = [
        ["ours, each token seen for the first time", new.rate, "requests/s"],
        ["the generator against a server that does nothing", alone.rate, "requests/s"],
        ["the generator's own CPU", generator * 1e6, "µs a request"],
        ["the most memory that a worker of ours had", ours.memory, "MB"],
    ]
    return Table("Beside it", ["what", "number", "unit"], rows)
