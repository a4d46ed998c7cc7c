"""The load generator with an open loop, against servers with scripted responses."""

import time
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import pytest

from benchmarks.arrivals import _arrivals, arrive
from benchmarks.load import RequestFailed, request
from tests.benchmarks.scripted import serving

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
BUSY = b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"


def test_arrivals_have_the_rate_and_are_random() -> None:
    moments = list(_arrivals(rate=100, seconds=50))
    assert len(moments) == pytest.approx(5000, rel=0.1)
    assert moments == sorted(moments)
    assert moments[0] > 0
    assert moments[-1] < 50
    gaps = [later - earlier for earlier, later in pairwise(moments)]
    # An exponential distribution has a gap in e above its mean.
    assert sum(gap > 0.01 for gap in gaps) / len(gaps) == pytest.approx(0.368, abs=0.05)


def test_each_arrival_is_answered() -> None:
    def answer(path: str) -> Sequence[bytes]:
        return [BUSY if path == "/busy" else OK]

    arrivals = len(list(_arrivals(rate=200, seconds=0.5)))
    with serving(answer) as (port, asked):
        result = arrive(
            port, [request("/"), request("/busy")], rate=200, seconds=0.5, connections=4
        )
    assert asked.count("/busy") == arrivals // 2
    assert result.statuses == Counter({200: arrivals - arrivals // 2, 503: arrivals // 2})
    assert len(result.latencies) == len(result.moments) == arrivals
    assert result.moments[-1] <= result.seconds


def test_a_latency_includes_the_wait_for_a_connection() -> None:
    pause = 0.02

    def answer(path: str) -> Sequence[bytes]:
        time.sleep(pause)
        return [OK]

    with serving(answer) as (port, _):
        result = arrive(port, [request("/")], rate=500, seconds=0.1, connections=1)
    number = len(result.latencies)
    # The server takes the requests one after another, and all have arrived after 0.1 seconds.
    assert result.latencies[-1] >= number * pause - 0.1
    assert result.seconds >= number * pause


def test_a_closed_connection_is_an_error() -> None:
    with serving(lambda path: []) as (port, _), pytest.raises(RequestFailed):
        arrive(port, [request("/")], rate=100, seconds=0.1, connections=2)
