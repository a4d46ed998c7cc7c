"""Faults of the service's processes, its machine and its clients."""

import contextlib
import os
import resource
import signal
import socket
import threading
from pathlib import Path

from tests.faults.client import Outcome
from tests.faults.fault import Fault, Strike
from tests.faults.world import World, wait_until_ready
from tests.processes.server import wait_for
from tests.servers import recipes

BROKEN = frozenset({Outcome.BROKEN})
SLOW_CLIENTS = 60
#: By how many seconds the clocks of two hosts differ.
APART = 60


def nothing(world: World) -> Strike:
    yield


def worker_killed(world: World) -> Strike:
    os.kill(world.workers()[0], signal.SIGKILL)
    yield


def worker_stopped(world: World) -> Strike:
    worker = world.workers()[0]
    os.kill(worker, signal.SIGSTOP)
    yield
    os.kill(worker, signal.SIGCONT)


def parent_killed(world: World) -> Strike:
    """The parent is killed. systemd then kills its workers (KillMode=mixed), and restarts it."""
    workers = world.workers()
    world.server.process.kill()
    os.killpg(world.server.process.pid, signal.SIGKILL)
    wait_for(lambda: not any(_runs(worker) for worker in workers))
    world.server = world.serve(world.server.address)
    yield


def files_exhausted(world: World) -> Strike:
    """Both workers may open no further file or connection, also one that has just started."""
    wait_until_ready(world.server)
    limits = {}
    for worker in world.workers():
        limits[worker] = resource.prlimit(worker, resource.RLIMIT_NOFILE)
        # Those that are open stay open.
        resource.prlimit(worker, resource.RLIMIT_NOFILE, (3, limits[worker][1]))
    yield
    for worker, limit in limits.items():
        with contextlib.suppress(ProcessLookupError):
            resource.prlimit(worker, resource.RLIMIT_NOFILE, limit)


def slow_clients(world: World) -> Strike:
    """Many clients send their requests a byte at a time, through nginx, to busy threads."""
    over = threading.Event()
    with recipes.nginx(world.server, world.folder()) as address:
        threads = [
            threading.Thread(target=_dawdle, args=(address, over)) for _ in range(SLOW_CLIENTS)
        ]
        for thread in threads:
            thread.start()
        yield
        over.set()
        for thread in threads:
            thread.join()


def clock_ahead(world: World) -> Strike:
    """A second host has a clock that is ahead of all others."""
    with world.second_host(CLOCK_AHEAD=str(APART)):
        yield


def clock_behind(world: World) -> Strike:
    with world.second_host(CLOCK_AHEAD=str(-APART)):
        yield


def _runs(pid: int) -> bool:
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def _dawdle(address: tuple[str, int], over: threading.Event) -> None:
    lines = "POST /api/v5/login HTTP/1.1", "Host: cumulonimbus.test", "Content-Length: 9999", "", ""
    request = "\r\n".join(lines).encode()
    with contextlib.suppress(OSError), socket.create_connection(address) as connection:
        for byte in request + b"{" * 9999:
            if over.wait(0.2):
                break
            connection.sendall(bytes([byte]))


FAULTS = [
    Fault("none", nothing),
    Fault("a worker killed", worker_killed, BROKEN, lasts=False),
    Fault("a worker stopped", worker_stopped),
    Fault("the parent killed, and started again", parent_killed, BROKEN, lasts=False),
    Fault("no files left", files_exhausted, frozenset({Outcome.BROKEN, Outcome.UNAVAILABLE})),
    Fault("60 slow clients, through nginx", slow_clients),
    Fault(f"a host whose clock is {APART} s ahead", clock_ahead),
    Fault(f"a host whose clock is {APART} s behind", clock_behind),
]
