"""Contenders of a race, each start of their servers, and what was measured."""

import contextlib
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from benchmarks.bench import Bench
from benchmarks.contenders import Contender
from benchmarks.load import Result, drive, shares, warm_up
from benchmarks.servers import FEW_THREADS, Server

CONNECTIONS = 16
#: The number of callers that estimate a contender's throughput while warming up, and the factor by
#: which it may grow afterwards.
SCOUTS = 200
HASTE = 1.5
#: How often all callers send their requests before the first turn, twice each time: a worker takes
#: longer for a token that it has not seen before. Then the seconds of the burst limit.
WARMING = 2
PAUSE = 1.0


@dataclass
class Racer:
    """A contender and its measurements so far.

    :ivar callers: a request of each caller.
    :ivar queries: the number of queries of a request.
    :ivar stages: the CPU time of a request in microseconds, by stage.
    :ivar rates: the requests per second of each turn.
    :ivar latencies: those of all requests, in seconds.
    :ivar cpu: the CPU time of a request in each turn, in seconds.
    :ivar memory: the maximum resident memory of any worker, in mebibytes.
    :ivar refused: the number of answers other than 200.
    """

    contender: Contender
    environment: dict[str, str]
    callers: list[bytes]
    queries: int
    stages: dict[str, float]
    rates: list[float] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    memory: float = 0.0
    refused: int = 0

    @contextlib.contextmanager
    def started(self, bench: Bench) -> Iterator["Start"]:
        """Run a server until the end of the block, warmed up."""
        contender = self.contender
        with bench.serve(
            contender.name,
            self.environment,
            contender.application,
            threads=FEW_THREADS,
            root=contender.root,
        ) as server:
            start = Start(self, server, bench.plan.seconds)
            yield start
            self.memory = max(self.memory, server.memory())


class Start:
    """A running server of a contender.

    Callers are reduced to as many as fit into a turn, and send the request of each. Each then makes
    about one request per turn, so that none exceeds the burst limit. Other callers, which are not
    used again, estimate the number.

    :ivar server: the server.
    """

    def __init__(self, racer: Racer, server: Server, seconds: float) -> None:
        self.server = server
        self._racer = racer
        self._seconds = seconds
        others = self._warm_up(racer.callers[-SCOUTS:])
        count = max(CONNECTIONS, math.ceil(others.rate * HASTE * seconds))
        self._requests = racer.callers[:-SCOUTS][:count]
        for _ in range(WARMING):
            self._warm_up(self._requests)
            time.sleep(PAUSE)

    def turn(self) -> None:
        """Measure one turn."""
        racer, callers = self._racer, shares(self._requests, CONNECTIONS)
        before = self.server.cpu_seconds()
        [result] = drive(self.server.port, callers, seconds=self._seconds)
        used = self.server.cpu_seconds() - before
        racer.refused += sum(result.others(200).values())
        racer.rates.append(result.rate)
        racer.latencies += result.latencies
        # There may be no responses if a virtual machine is paused.
        if result.latencies:
            racer.cpu.append(used / len(result.latencies))

    def _warm_up(self, requests: list[bytes]) -> Result:
        results = warm_up(self.server.port, shares(requests, CONNECTIONS))
        self._racer.refused += sum(sum(result.others(200).values()) for result in results)
        return results[-1]
