"""Metrics over the workers of a server, which are killed, stopped, reloaded and replaced."""

import contextlib
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sessions_api.metrics.requests import BATCH
from tests.processes.server import Address, Server, wait_for
from tests.servers.raw import Reply, call
from tests.servers.recipes import serving
from tests.sessions_api.metrics.scraping import TOKEN, Samples, parsed, value

pytestmark = pytest.mark.django_db(transaction=True)

#: Headers that the proxy adds.
PROXIED = (b"X-Forwarded-Proto: https", b"X-Forwarded-For: 192.0.2.1")
HELLO = {"endpoint": "/api/", "dialect": "-", "method": "GET", "status": "200"}


@contextlib.contextmanager
def counting_server(name: str, folder: Path) -> Iterator[Server]:
    environment = {"METRICS_TOKEN": TOKEN, "METRICS_DIR": str(folder / "metrics")}
    with serving(name, folder, RATELIMIT_ENABLE="false", **environment) as server:
        yield server


@pytest.fixture
def counting(name: str, django_db_setup: None, tmp_path: Path) -> Iterator[Server]:
    with counting_server(name, tmp_path) as server:
        yield server


def scrape(address: Address) -> tuple[int, Samples]:
    """Return which worker answers, and the samples."""
    reply = call(address, "/metrics", f"Authorization: Bearer {TOKEN}".encode())
    assert reply.status == 200, reply
    return int(reply.headers["x-worker"]), parsed(reply.content.decode())


def each_worker(ask: Callable[[], tuple[int, Samples]]) -> dict[int, Samples]:
    """Return what each of two workers answers: the kernel decides which of them it is."""
    found: dict[int, Samples] = {}

    def both_have_answered() -> bool:
        found.update([ask()])
        return len(found) == 2

    wait_for(both_have_answered)
    return found


def hello(address: Address) -> Reply:
    return call(address, "/api/", *PROXIED)


def test_counts_are_those_of_all_workers(counting: Server, tmp_path: Path) -> None:
    address = counting.address
    wait_for(lambda: value(scrape(address)[1], "processes") == 2)
    before = value(scrape(address)[1], "requests_total", **HELLO)
    asked: dict[int, int] = {}

    def both_have_been_asked() -> bool:
        worker = int(hello(address).headers["x-worker"])
        asked[worker] = asked.get(worker, 0) + 1
        return len(asked) == 2

    wait_for(both_have_been_asked)
    expected = before + sum(asked.values())
    # The worker that does not answer counts within a second.
    wait_for(lambda: value(scrape(address)[1], "requests_total", **HELLO) >= expected)
    shown = each_worker(lambda: scrape(address))
    assert {value(found, "requests_total", **HELLO) for found in shown.values()} == {expected}
    files = {file.name for file in (tmp_path / "metrics").glob("*.db")}

    killed, spared = asked
    os.kill(killed, signal.SIGKILL)

    def has_been_replaced() -> bool:
        # A connection that it had accepted fails.
        with contextlib.suppress(OSError):
            worker, _ = scrape(address)
            return worker not in {killed, spared}
        return False

    wait_for(has_been_replaced)
    _, found = scrape(address)
    assert value(found, "processes") == 2
    assert value(found, "requests_total", **HELLO) == expected
    assert {file.name for file in (tmp_path / "metrics").glob("*.db")} == files


def replaced(address: Address, former: set[int]) -> Samples:
    """Wait until workers that are none of the former answer; return what the last one shows."""
    found: dict[int, Samples] = {}

    def all_have_answered() -> bool:
        # A connection that a worker had accepted fails when it ends.
        with contextlib.suppress(OSError):
            worker, samples = scrape(address)
            if worker not in former:
                found[worker] = samples
        return len(found) == len(former)

    wait_for(all_have_answered)
    return list(found.values())[-1]


def test_a_worker_that_is_stopped_counts_the_rest(counting: Server) -> None:
    address = counting.address
    wait_for(lambda: value(scrape(address)[1], "processes") == 2)
    before = value(scrape(address)[1], "requests_total", **HELLO)
    answered = [int(hello(address).headers["x-worker"]) for _ in range(BATCH - 1)]
    # At once: a thread counts once a second.
    os.kill(answered[-1], signal.SIGTERM)
    replaced(address, {answered[-1]})
    answered += [int(hello(address).headers["x-worker"]) for _ in range(3)]
    expected = before + len(answered)
    wait_for(lambda: value(scrape(address)[1], "requests_total", **HELLO) >= expected)
    assert value(scrape(address)[1], "requests_total", **HELLO) == expected


def test_counts_outlive_a_reload(django_db_setup: None, tmp_path: Path) -> None:
    """gunicorn's former workers have ended before the new ones begin to count."""
    with counting_server("gunicorn", tmp_path) as server:
        address = server.address
        wait_for(lambda: value(scrape(address)[1], "processes") == 2)
        former = set(each_worker(lambda: scrape(address)))
        before = value(scrape(address)[1], "requests_total", **HELLO)
        for _ in range(BATCH + 1):
            hello(address)
        os.kill(server.process.pid, signal.SIGHUP)
        found = replaced(address, former)
        assert value(found, "requests_total", **HELLO) == before + BATCH + 1


def test_nobody_reads_them_without_the_token(counting: Server) -> None:
    assert call(counting.address, "/metrics", *PROXIED).status == 401
    wrong = f"Authorization: Bearer {TOKEN[::-1]}".encode()
    assert call(counting.address, "/metrics", *PROXIED, wrong).status == 401
