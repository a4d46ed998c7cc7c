"""The throughput of all contenders, which run at the same time and take turns in rounds."""

import contextlib
import math
from dataclasses import dataclass, field

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
from benchmarks.load import Result, drive, request, shares, warm_up
from benchmarks.servers import FEW_THREADS, Server

CONNECTIONS = 16
#: The minimum ratio of the service's throughput to that of each other contender.
TARGETS = {"knox": 2.2, "allauth": 5.0, "simplejwt": 1.5, FLOOR: 0.95, FORMER: 0.92}
#: The minimum ratio of the throughput with optional features to that without them.
LEAST_OF_VARIANTS = 0.97
MOST_MEMORY = 150.0
#: Seconds for which a separate process of each contender is profiled.
WATCHED = 0.6
#: The number of callers that estimate a contender's throughput while warming up, and the factor by
#: which it may grow afterwards.
SCOUTS = 200
HASTE = 1.5
#: The number of tokens for callers with one request each: more than can be used in a second.
NEW_TOKENS = 6000
NOTHING = "benchmarks.contenders.nothing:application"


@dataclass
class Racer:
    """A contender with a running server, and its measurements so far."""

    contender: Contender
    environment: dict[str, str]
    server: Server
    requests: list[bytes]
    queries: int
    stages: dict[str, float]
    rates: list[float] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    refused: int = 0

    def warm_up(self, seconds: float) -> None:
        """Reduce the callers to as many as fit into a turn, and send the request of each.

        Each then makes about one request per turn, so that none exceeds the burst limit. Other
        callers, which are not used again, estimate the number.

        :param seconds: the duration of a turn.
        """
        others = self._ask(self.requests[-SCOUTS:])
        count = max(CONNECTIONS, math.ceil(others.rate * HASTE * seconds))
        self.requests = self.requests[:-SCOUTS][:count]
        self._ask(self.requests)

    def _ask(self, requests: list[bytes]) -> Result:
        results = warm_up(self.server.port, shares(requests, CONNECTIONS))
        self.refused += sum(sum(result.others(200).values()) for result in results)
        return results[-1]

    def run(self, seconds: float) -> None:
        """Measure one turn.

        :param seconds: the duration of the turn.
        """
        before = self.server.cpu_seconds()
        [result] = drive(self.server.port, shares(self.requests, CONNECTIONS), seconds=seconds)
        used = self.server.cpu_seconds() - before
        self.refused += sum(result.others(200).values())
        self.rates.append(result.rate)
        self.latencies += result.latencies
        # There may be no responses if a virtual machine is paused.
        if result.latencies:
            self.cpu.append(used / len(result.latencies))


def run(bench: Bench) -> Findings:
    """Profile each contender alone; then measure all of them in turns."""
    findings = Findings()
    with contextlib.ExitStack() as stack:
        entered = CONTENDERS + (BAREST_PEERS if bench.plan.barest else [])
        if bench.former is not None:
            entered.append(ourselves(FORMER, root=bench.former))
        racers = {one.name: _enter(bench, one, stack) for one in entered}
        order = list(racers.values())
        for racer in order:
            racer.warm_up(bench.plan.seconds)
        for _ in range(bench.plan.rounds):
            for racer in order:
                racer.run(bench.plan.seconds)
            # Rotates the order, so that none always starts.
            order = order[1:] + order[:1]
        memory = racers[OURS].server.memory()
        new = _callers_who_come_once(bench, racers[OURS])
    findings.tables = [
        _race(racers),
        _remarks(racers[OURS], new, _generator_alone(bench), memory),
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
    findings.targets.append(Target("memory of a worker under load", MOST_MEMORY, memory, "MB"))
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


def _enter(bench: Bench, contender: Contender, stack: contextlib.ExitStack) -> Racer:
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
    server = stack.enter_context(
        bench.serve(
            contender.name,
            environment,
            contender.application,
            threads=FEW_THREADS,
            root=contender.root,
        )
    )
    requests = [request(path, headers) for path, headers in seen["calls"]]
    return Racer(contender, environment, server, requests, seen["queries"], seen["stages"])


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
    [result] = drive(ours.server.port, shares(requests, CONNECTIONS), seconds=1.0)
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


def _remarks(ours: Racer, new: Result, alone: Result, memory: float) -> Table:
    generator = alone.generator_cpu / len(alone.latencies)
    rows: list[list[Cell]] = [
        ["ours, each token seen for the first time", new.rate, "requests/s"],
        ["the generator against a server that does nothing", alone.rate, "requests/s"],
        ["the generator's own CPU", generator * 1e6, "µs a request"],
        ["the most memory that a worker of ours had", memory, "MB"],
    ]
    return Table("Beside it", ["what", "number", "unit"], rows)
