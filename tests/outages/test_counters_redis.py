"""While Redis responds but refuses to count, requests are counted in memory.

These tests are collected if the suite runs on Redis.
"""

import logging
import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from sessions_api.ratelimits import counters
from sessions_api.ratelimits.windows import Counter
from tests.outages.redis_refusals import REFUSALS, Refusal
from tests.outages.redis_server import WAIT, Server, counted_in

THREADS = 4
RETRY_SECONDS = 0.1


@pytest.fixture(params=REFUSALS.values(), ids=REFUSALS)
def refusal(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture
def server(refusal: Refusal, tmp_path: Path) -> Iterator[Server]:
    with counted_in(Server(tmp_path, **refusal.options())) as server:
        yield server


def test_all_threads_reconnect_to_a_server_that_has_refused(
    refusal: Refusal,
    server: Server,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(counters, "RETRY_SECONDS", RETRY_SECONDS)
    counter = Counter(uuid.uuid4().hex, 1000, period=10**6, phase=0)
    together = threading.Barrier(THREADS)

    def count(_: int) -> int:
        together.wait(WAIT)
        [counted] = counters.charge([counter], now=12.5).counts
        return counted

    def count_by_connections() -> tuple[list[int], set[str]]:
        """Return the counts, and the connections that the server was asked on."""
        counted = sorted(threads.map(count, range(THREADS)))
        return counted, {
            one["addr"] for one in operator.client_list() if one["cmd"].startswith("evalsha")
        }

    with ThreadPoolExecutor(THREADS) as threads, server.client() as operator:
        steps = refusal.steps(server, operator)
        next(steps)
        counted_before, before = count_by_connections()
        next(steps)
        began = time.monotonic()
        assert sorted(threads.map(count, range(THREADS))) == [1, 2, 3, 4], "in memory"
        time.sleep(2 * RETRY_SECONDS)
        assert sorted(threads.map(count, range(THREADS))) == [5, 6, 7, 8], "in memory"
        assert time.monotonic() - began < 1, "somebody waited for a server that refuses"
        next(steps, None)
        time.sleep(2 * RETRY_SECONDS)
        assert counters.charge([counter], now=12.5).counts == [5]
        counted_after, after = count_by_connections()
    assert counted_before == [1, 2, 3, 4]
    assert counted_after == [6, 7, 8, 9]
    assert len(before) >= THREADS
    assert len(after) >= THREADS
    assert not before & after
    assert [r.levelno for r in caplog.records if r.name == counters.logger.name] == [
        logging.ERROR,
        logging.WARNING,
    ]
