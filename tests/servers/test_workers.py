"""Killing and replacing workers under load, with the commands of the manual.

The start of the service is delayed, so that it is slower than on any machine.
"""

import itertools
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.processes.server import LOOPBACK, Address, Server, wait_for
from tests.servers.raw import call
from tests.servers.recipes import (
    UPSTREAM,
    activated,
    blocks,
    caddy,
    serving,
    unit,
)
from tests.servers.workers import HELLO, both_workers, workers

pytestmark = pytest.mark.django_db(transaction=True)

START_TAKES = 4.0
CALLERS = 6
SLOW = {"START_TAKES": str(START_TAKES), "RATELIMIT_ENABLE": "false"}


@pytest.fixture
def slow(name: str, django_db_setup: None, tmp_path: Path) -> Iterator[tuple[Server, Address]]:
    """A server that starts slowly, and the address of a proxy in front of it."""
    folders = [tmp_path / "server", tmp_path / "caddy"]
    for folder in folders:
        folder.mkdir()
    with ExitStack() as stack:
        server = stack.enter_context(serving(name, folders[0], **SLOW))
        proxy = stack.enter_context(caddy(server, folders[1]))
        both_workers(server.address)
        yield server, proxy


class Load:
    """Clients that send requests without a pause, the same number to each address."""

    def __init__(self, *called: Address) -> None:
        self._ended = threading.Event()
        addresses = itertools.cycle(called)
        self._threads = [
            threading.Thread(target=self._call, args=(next(addresses),)) for _ in range(CALLERS)
        ]
        self.answered = 0
        self.failed: list[str] = []

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def _call(self, address: Address) -> None:
        lines = (b"X-Forwarded-Proto: https", b"X-Forwarded-For: 192.0.2.1")
        while not self._ended.is_set():
            try:
                # With a body, because proxies repeat requests without one.
                reply = call(address, HELLO, *lines, body={})
            except OSError as error:
                self.failed.append(f"{address}: {error!r}")
            else:
                self.answered += 1
                if reply.status != 200:
                    self.failed.append(f"{address}: {reply}")
            time.sleep(0.01)

    def assert_served(self) -> None:
        """Assert that no request failed."""
        assert self.failed == []
        assert self.answered > 100


def test_a_killed_worker_comes_back(slow: tuple[Server, Address]) -> None:
    server, _ = slow
    killed, spared = both_workers(server.address)
    os.kill(killed, signal.SIGKILL)
    # Only connections that the killed worker had not accepted yet may fail.
    time.sleep(0.5)
    wait_for(lambda: (found := workers(server.address)) >= {spared} and len(found) == 2)
    assert server.process.poll() is None
    assert killed not in workers(server.address)


@pytest.mark.parametrize("name", ["gunicorn"], scope="module")
def test_a_reload_loses_no_request(name: str, slow: tuple[Server, Address]) -> None:
    """Other servers may lose some. See below for another way."""
    server, proxy = slow
    former = both_workers(server.address)
    with Load(server.address, proxy) as load:
        time.sleep(1)
        server.process.send_signal(signal.SIGHUP)
        wait_for(lambda: not former & (found := workers(server.address)) and len(found) == 2)
        time.sleep(1)
    load.assert_served()


@pytest.mark.parametrize("name", ["gunicorn"], scope="module")
def test_a_restart_with_socket_activation_loses_no_request(
    name: str, django_db_setup: None, tmp_path: Path
) -> None:
    """A restart applies changes of the environment, a reload does not."""
    folders = [tmp_path / part for part in ("first", "second", "caddy")]
    for folder in folders:
        folder.mkdir()
    origin = "https://app.example.com"
    with ExitStack() as stack:
        listening = stack.enter_context(socket.create_server((LOOPBACK, 0), backlog=128))
        first = stack.enter_context(activated(name, listening, folders[0], **SLOW))
        proxy = stack.enter_context(caddy(first, folders[2]))
        former = both_workers(first.address)
        with Load(first.address, proxy) as load:
            time.sleep(1)
            assert first.stop() == 0
            changed = SLOW | {"CORS_ALLOWED_ORIGINS": origin}
            second = stack.enter_context(activated(name, listening, folders[1], **changed))
            assert not former & both_workers(second.address)
            time.sleep(1)
        load.assert_served()
        lines = (b"X-Forwarded-Proto: https", f"Origin: {origin}".encode())
        assert call(proxy, HELLO, *lines).headers["access-control-allow-origin"] == origin


def test_the_units_of_the_readme_start_the_recommended_server_at_that_socket() -> None:
    service, held = unit("cumulonimbus.service"), unit("cumulonimbus.socket")
    program, *arguments = service["Service"]["ExecStart"].split()
    command = [Path(program).name, *arguments]
    [recommended] = [line for line in "".join(blocks("sh")).splitlines() if line.startswith("guni")]
    assert command == recommended.split()
    assert held["Socket"]["ListenStream"] == UPSTREAM
