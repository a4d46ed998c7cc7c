"""A server whose main process is killed leaves no workers, which would serve with old settings."""

from pathlib import Path

import pytest

from tests.processes.server import wait_for
from tests.servers.raw import call
from tests.servers.recipes import serving
from tests.servers.workers import both_workers, running

pytestmark = pytest.mark.django_db(transaction=True)


def test_its_workers_end(name: str, django_db_setup: None, tmp_path: Path) -> None:
    with serving(name, tmp_path, RATELIMIT_ENABLE="false") as server:
        found = both_workers(server.address)
        assert all(running(pid) for pid in found)
        server.process.kill()
        wait_for(lambda: not any(running(pid) for pid in found))
        with pytest.raises(OSError):  # noqa: PT011
            call(server.address, "/api/")
