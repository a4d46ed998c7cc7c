"""A server whose main process is killed leaves no workers, which would serve with old settings."""

import os
from pathlib import Path

import pytest

from tests.processes.server import Address, wait_for
from tests.servers.raw import call
from tests.servers.recipes import serving

pytestmark = pytest.mark.django_db(transaction=True)


def workers(address: Address) -> set[int]:
    """Return some of the processes that respond."""
    lines = (b"X-Forwarded-Proto: https", b"X-Forwarded-For: 192.0.2.1")
    replies = [call(address, "/api/", *lines) for _ in range(16)]
    return {int(reply.headers["x-worker"]) for reply in replies}


def running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # Those that nobody has waited for have ended, too.
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"


def test_its_workers_end(name: str, django_db_setup: None, tmp_path: Path) -> None:
    with serving(name, tmp_path, RATELIMIT_ENABLE="false") as server:
        found: set[int] = set()

        def both_respond() -> bool:
            found.update(workers(server.address))
            return len(found) == 2

        wait_for(both_respond)
        assert all(running(pid) for pid in found)
        server.process.kill()
        wait_for(lambda: not any(running(pid) for pid in found))
        with pytest.raises(OSError):  # noqa: PT011
            call(server.address, "/api/")
