"""The processes of a server."""

import os
from pathlib import Path

from tests.processes.server import Address, wait_for
from tests.servers.raw import Reply, call

HELLO = "/api/"


def ask(address: Address, path: str = HELLO, *headers: bytes) -> Reply:
    """Send a request as the proxy would, on a new connection."""
    return call(address, path, b"X-Forwarded-Proto: https", b"X-Forwarded-For: 192.0.2.1", *headers)


def workers(address: Address) -> set[int]:
    """Return the processes that respond to 16 requests."""
    return {int(ask(address).headers["x-worker"]) for _ in range(16)}


def both_workers(address: Address) -> set[int]:
    """Return the two processes of a server, after both have responded: the kernel decides which of
    them accepts a connection."""
    found: set[int] = set()

    def are_known() -> bool:
        found.update(workers(address))
        return len(found) == 2

    wait_for(are_known)
    return found


def running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # Those that nobody has waited for have ended, too.
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
