"""Servers on loopback, all with the same options."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks import processes
from benchmarks.load import LOOPBACK
from benchmarks.paths import ROOT

#: The maximum time for a server to start, in seconds. It has a sixth of this to stop.
TIMEOUT = 60.0
#: Threads per worker, as recommended in the manual. In a storm of logins, some of them wait.
THREADS = 20
#: Threads per worker for contenders. Of 1, 2, 3, 4, 8 and 16, all contenders were fastest with this
#: number on two cores.
FEW_THREADS = 3


class ServerFailed(Exception):
    """A server did not start. The message is the end of its log."""


@dataclass(frozen=True)
class Server:
    """A running server.

    :param port: its port on loopback.
    :param process: its main process, the leader of a process group with the workers.
    """

    port: int
    process: subprocess.Popen[bytes]

    def cpu_seconds(self) -> float:
        return processes.cpu_seconds(self.process.pid)

    def memory(self) -> float:
        """Return the maximum resident memory of any worker so far, in mebibytes."""
        workers = [one for one in processes.group(self.process.pid) if one.pid != self.process.pid]
        return max(worker.peak for worker in workers)


def _granian(port: int, workers: int, threads: int) -> list[str]:
    options = {
        "interface": "wsgi",
        "host": LOOPBACK,
        "port": port,
        "workers": workers,
        "blocking-threads": threads,
        # Long, because threads that end close their database connections.
        "blocking-threads-idle-timeout": 600,
        "log-level": "warning",
    }
    return ["granian", *(f"--{name}={value}" for name, value in options.items())]


def _gunicorn(port: int, workers: int, threads: int) -> list[str]:
    options = {
        "config": "python:cumulonimbus.gunicorn_config",
        "bind": f"{LOOPBACK}:{port}",
        "workers": workers,
        "threads": threads,
        "log-level": "warning",
    }
    return ["gunicorn", *(f"--{name}={value}" for name, value in options.items())]


#: Servers by name: the module and its options, for a port and numbers of workers and threads.
SERVERS: dict[str, Callable[[int, int, int], list[str]]] = {
    "granian": _granian,
    "gunicorn": _gunicorn,
}


@contextlib.contextmanager
def serve(
    application: str,
    environment: Mapping[str, str],
    *,
    name: str,
    log: Path,
    workers: int = 2,
    threads: int = THREADS,
    root: Path = ROOT,
) -> Iterator[Server]:
    """Run a server until the end of the block.

    :param application: the WSGI application.
    :param environment: the environment of the server.
    :param name: which of :data:`SERVERS`.
    :param log: the file for its output.
    :param workers: the number of worker processes.
    :param threads: the number of threads per worker.
    :param root: the directory with the application's code.
    :raises ServerFailed: the server did not start.
    """
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port = probe.getsockname()[1]
    command = SERVERS[name](port, workers, threads)
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", *command, application],
            cwd=root,
            env={**environment, "PYTHONPATH": str(root)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            # So that Ctrl-C reaches only the main process, which stops the server.
            start_new_session=True,
        )
    try:
        _await(process, port, log)
        yield Server(port, process)
    finally:
        _stop(process)


def _await(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + TIMEOUT
    while True:
        if process.poll() is not None or time.monotonic() > deadline:
            raise ServerFailed(log.read_text()[-2000:])
        with contextlib.suppress(OSError), socket.create_connection((LOOPBACK, port), timeout=1):
            return
        time.sleep(0.05)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(TIMEOUT / 6)
    # Workers that are still running, if any.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
