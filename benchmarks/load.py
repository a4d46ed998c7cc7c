"""A load generator: callers on keep-alive connections, each with one request at a time.

All callers share one thread and one ``epoll``. Requests are prepared in advance, and responses are
parsed only for their status and length, so a request costs the generator about ten microseconds.
:attr:`Result.generator_cpu` shows its actual cost.
"""

import gc
import math
import select
import socket
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, cycle

from benchmarks.figures import percentile
from benchmarks.paths import HOST

LOOPBACK = "127.0.0.1"
#: The number of times that each request is sent to fill caches.
WARMING_ROUNDS = 2
#: The maximum time to wait for a response, in seconds.
TIMEOUT = 30.0


class RequestFailed(Exception):
    """A server closed the connection, did not respond, or sent a malformed response."""


@dataclass
class Result:
    """The measurements of a group of callers.

    :param seconds: the duration.
    :param latencies: the latencies of the responses within the duration, in seconds, in the order
        of their arrival.
    :param moments: the times of their arrival, in seconds from the start.
    :param statuses: the number of responses by status.
    :param generator_cpu: the CPU seconds of the generator, for all groups together.
    """

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    moments: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    generator_cpu: float = 0.0

    @property
    def rate(self) -> float:
        """Responses per second."""
        return len(self.latencies) / self.seconds

    def latency(self, percent: float) -> float:
        """Return a percentile of the latencies, in seconds; 0 without responses."""
        return percentile(self.latencies, percent) if self.latencies else 0.0

    def others(self, status: int) -> dict[int, int]:
        """Return the number of responses with other statuses, by status."""
        return {code: number for code, number in self.statuses.items() if code != status}


def request(
    path: str, headers: Mapping[str, str] | None = None, *, method: str = "GET", body: bytes = b""
) -> bytes:
    """Return an HTTP request as passed on by a proxy.

    :param headers: further headers, which may replace the defaults.
    """
    lines = {
        "Host": HOST,
        "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0",
        "Accept": "application/json",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-For": "198.51.100.7",
    } | dict(headers or {})
    if body:
        lines |= {"Content-Type": "application/json", "Content-Length": str(len(body))}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + body


class Connection:
    """A keep-alive connection for one request at a time."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection((LOOPBACK, port), timeout=TIMEOUT)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._received = b""

    def __enter__(self) -> "Connection":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def receive(self) -> int | None:
        """Read from the socket. Return the status once the response is complete, else None.

        :raises RequestFailed: the server closed the connection, or the response has no length.
        """
        data = self.socket.recv(65536)
        if not data:
            raise RequestFailed("The server hung up.")
        self._received = received = self._received + data if self._received else data
        if not _is_whole(received):
            return None
        self._received = b""
        return int(received[9:12])

    def ask(self, data: bytes) -> int:
        """Send a request, wait for its response, and return the status."""
        self.send(data)
        return self.wait()

    def wait(self) -> int:
        """Wait for the response and return its status."""
        while (status := self.receive()) is None:
            pass
        return status

    def close(self) -> None:
        self.socket.close()


def _is_whole(received: bytes) -> bool:
    end = received.find(b"\r\n\r\n")
    if end < 0:
        return False
    head = received[:end].lower()
    start = head.find(b"\r\ncontent-length:")
    if start >= 0:
        stop = head.find(b"\r\n", start + 2)
        length = head[start + 17 : stop if stop > 0 else end]
        return len(received) >= end + 4 + int(length)
    if b"\r\ntransfer-encoding: chunked" in head:
        return received.endswith(b"\r\n0\r\n\r\n")
    raise RequestFailed(f"No length: {received[:end]!r}")


class _Caller(Connection):
    def __init__(self, port: int, requests: Iterator[bytes], result: Result) -> None:
        super().__init__(port)
        self.requests = requests
        self.result = result
        self.sent_at = 0.0


def drive(port: int, *groups: Sequence[Sequence[bytes]], seconds: float = math.inf) -> list[Result]:
    """Send the requests of groups of callers to a server.

    :param groups: for each group, the requests of each of its connections.
    :param seconds: the duration. By default, each connection sends its own requests once. With a
        duration, each group repeats its requests in order on any free connection, so that
        fast connections do not send the same ones too often.
    :returns: a result for each group. Responses after the end are awaited but not counted.
    :raises RequestFailed: a connection failed; see :meth:`Connection.receive`.
    """
    results = [Result() for _ in groups]
    callers = []
    for result, group in zip(results, groups, strict=True):
        again = cycle(chain.from_iterable(group))
        callers += [
            _Caller(port, iter(requests) if seconds == math.inf else again, result)
            for requests in group
        ]
    by_number = {caller.socket.fileno(): caller for caller in callers}
    poll = select.epoll(len(callers))
    gc.disable()
    try:
        for number in by_number:
            poll.register(number, select.EPOLLIN)
        cpu = time.process_time()
        start = time.perf_counter()
        _drive(by_number, poll, start, start + seconds)
        for result in results:
            result.generator_cpu = time.process_time() - cpu
            # Not the time spent waiting for responses after the end.
            result.seconds = min(seconds, time.perf_counter() - start)
    finally:
        gc.enable()
        poll.close()
        for caller in callers:
            caller.close()
    return results


def warm_up(port: int, group: Sequence[Sequence[bytes]]) -> list[Result]:
    """Send the requests of a group before the measurement, to fill caches.

    Each round uses new connections, to reach different workers.

    :returns: a result for each round.
    """
    return [result for _ in range(WARMING_ROUNDS) for result in drive(port, group)]


def _drive(by_number: Mapping[int, _Caller], poll: select.epoll, start: float, end: float) -> None:
    clock = time.perf_counter
    for caller in by_number.values():
        caller.sent_at = clock()
        caller.send(next(caller.requests))
    waiting = len(by_number)
    while waiting:
        events = poll.poll(TIMEOUT)
        if not events:
            raise RequestFailed(f"No answer for {TIMEOUT:.0f} seconds.")
        for number, _ in events:
            caller = by_number[number]
            status = caller.receive()
            if status is None:
                continue
            now = clock()
            if now >= end:
                waiting -= 1
                continue
            result = caller.result
            result.statuses[status] += 1
            result.latencies.append(now - caller.sent_at)
            result.moments.append(now - start)
            following = next(caller.requests, None)
            if following is None:
                waiting -= 1
                continue
            caller.sent_at = now
            caller.send(following)


def shares(requests: Sequence[bytes], connections: int) -> list[Sequence[bytes]]:
    """Distribute requests over a number of connections."""
    return [requests[number::connections] for number in range(connections)]
