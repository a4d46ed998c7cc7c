"""A load generator with an open loop: requests come when they come.

Clients do not wait for each other, so requests arrive at random times (a Poisson process), however
long the responses take. A latency counts from the arrival, including the time for which a request
waited for a free connection. A closed loop, as in :mod:`benchmarks.load`, sends less whenever the
server is slow, and so hides how long others would have waited.
"""

import gc
import random
import select
import time
from collections import deque
from collections.abc import Iterator, Sequence
from itertools import cycle

from benchmarks.load import TIMEOUT, Connection, RequestFailed, Result

#: The seed of arrival times, so that each run has the same.
SEED = 1


class _Client(Connection):
    def __init__(self, port: int) -> None:
        super().__init__(port)
        self.arrived_at = 0.0


def arrive(
    port: int, requests: Sequence[bytes], *, rate: float, seconds: float, connections: int
) -> Result:
    """Send requests at random times to a server, and wait for all responses.

    :param requests: sent in order, and repeated.
    :param rate: the mean number of arrivals per second.
    :param seconds: the duration of the arrivals.
    :param connections: the number of keep-alive connections. If all of them are waiting, further
        requests wait too.
    :returns: the latencies from the arrivals to the responses, in seconds. ``moments`` are the
        times of the responses, and ``seconds`` is the time until the last one.
    :raises RequestFailed: a connection failed, or there was no response for some time.
    """
    clients = [_Client(port) for _ in range(connections)]
    gc.disable()
    try:
        return _arrive(clients, cycle(requests), list(_arrivals(rate, seconds)))
    finally:
        gc.enable()
        for client in clients:
            client.close()


def _arrivals(rate: float, seconds: float) -> Iterator[float]:
    chance = random.Random(SEED)  # noqa: S311 - times, not secrets
    moment = chance.expovariate(rate)
    while moment < seconds:
        yield moment
        moment += chance.expovariate(rate)


def _arrive(clients: list[_Client], requests: Iterator[bytes], arrivals: list[float]) -> Result:
    result = Result()
    by_number = {client.socket.fileno(): client for client in clients}
    free, due = list(clients), deque(arrivals)
    clock, cpu = time.perf_counter, time.process_time()
    with select.epoll(len(clients)) as poll:
        for number in by_number:
            poll.register(number, select.EPOLLIN)
        start = clock()
        while due or len(free) < len(clients):
            now = clock() - start
            while free and due and due[0] <= now:
                client = free.pop()
                client.arrived_at = due.popleft()
                client.send(next(requests))
            # Wakes up for the next arrival, if a connection is free to send it.
            wait = max(0.0, due[0] - (clock() - start)) if free and due else TIMEOUT
            events = poll.poll(wait)
            if not events and not (free and due):
                raise RequestFailed(f"No answer for {TIMEOUT:.0f} seconds.")
            for number, _ in events:
                client = by_number[number]
                status = client.receive()
                if status is None:
                    continue
                now = clock() - start
                result.statuses[status] += 1
                result.latencies.append(now - client.arrived_at)
                result.moments.append(now)
                free.append(client)
        result.seconds = clock() - start
    result.generator_cpu = time.process_time() - cpu
    return result
