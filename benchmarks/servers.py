"""Servers on loopback, all of them granian with the same options."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks import processes
from benchmarks.load import LOOPBACK
from benchmarks.places import ROOT

#: How long a server may take to start and to end, in seconds.
PATIENCE = 60.0
#: In each worker, as many as the manual recommends; a storm of logins keeps some of them waiting.
THREADS = 20
#: Where contenders run side by side: with so many all of them were at their fastest on two cores
#: (tried: 1, 2, 3, 4, 8 and 16).
FEW_THREADS = 3


class ServerFailed(Exception):
    """A server does not start; the text is the end of its log."""


@dataclass(frozen=True)
class Server:
    """A running server: its port, and its process, which leads a group with its workers."""

    port: int
    process: subprocess.Popen[bytes]

    def cpu_seconds(self) -> float:
        return processes.cpu_seconds(self.process.pid)

    def memory(self) -> float:
        """The most that one worker has ever had in memory, in mebibytes."""
        workers = [one for one in processes.group(self.process.pid) if one.pid != self.process.pid]
        return max(worker.peak for worker in workers)


@contextlib.contextmanager
def serve(
    application: str,
    environment: Mapping[str, str],
    *,
    log: Path,
    workers: int = 2,
    threads: int = THREADS,
    root: Path = ROOT,
) -> Iterator[Server]:
    """A server that takes connections, until the end of the block.

    :param root: where the application's code lies.
    :raises ServerFailed: it does not start.
    """
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port = probe.getsockname()[1]
    options = {
        "interface": "wsgi",
        "host": LOOPBACK,
        "port": port,
        "workers": workers,
        "blocking-threads": threads,
        # Threads that end take their connections to the database with them.
        "blocking-threads-idle-timeout": 600,
        "log-level": "warning",
    }
    arguments = [f"--{name}={value}" for name, value in options.items()]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "granian", *arguments, application],
            cwd=root,
            env={**environment, "PYTHONPATH": str(root)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            # Ctrl-C reaches the one who measures, who ends the server.
            start_new_session=True,
        )
    try:
        _await(process, port, log)
        yield Server(port, process)
    finally:
        _stop(process)


def _await(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        if process.poll() is not None or time.monotonic() > deadline:
            raise ServerFailed(log.read_text()[-2000:])
        with contextlib.suppress(OSError), socket.create_connection((LOOPBACK, port), timeout=1):
            return
        time.sleep(0.05)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(PATIENCE / 6)
    # Workers that have outlived it, if any.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
