"""The manual's second instance of uvicorn and granian, under load through nginx.

No request fails, though the service starts slowly, and no process is left that accepts a token of a
key that was withdrawn.
"""

import subprocess
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.processes.server import TIMEOUT, Server
from tests.servers.recipes import nginx, serving, take_over
from tests.servers.withdrawal import SLOW, Keys, journeys
from tests.servers.workers import both_workers

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("name", ["granian", "uvicorn"], scope="module")
def test_a_second_instance(name: str, keys: Keys, folders: list[Path], tmp_path: Path) -> None:
    link = tmp_path / "link"
    with ExitStack() as stack:

        def start(folder: Path, signing_keys: str) -> Server:
            settings = {"SIGNING_KEYS": signing_keys, **SLOW}
            return stack.enter_context(serving(name, folder, at_socket=True, **settings))

        first = start(folders[0], keys.both)
        link.symlink_to(str(first.address))
        proxy = stack.enter_context(nginx(first, folders[2], link=link))
        former = both_workers(proxy)
        keys.assert_accepted(proxy)
        with journeys(proxy):
            script = take_over(first.address, str(folders[1] / "server.sock"), link)
            switch = stack.enter_context(subprocess.Popen(["sh", "-c", script]))
            stack.callback(switch.kill)
            # The script waits for it.
            start(folders[1], keys.new)
            assert first.process.wait(TIMEOUT) == 0
            assert switch.wait(TIMEOUT) == 0
            keys.assert_withdrawn(proxy, former)
