"""The manual's reload and restart of gunicorn, under load through nginx.

No request fails, though the service starts slowly, and no process is left that accepts a token of a
key that was withdrawn.
"""

import signal
import socket
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.processes.server import LOOPBACK, environment, wait_for
from tests.servers.recipes import activated, nginx, serving
from tests.servers.withdrawal import SLOW, Keys, journeys
from tests.servers.workers import both_workers, running

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("name", ["gunicorn"], scope="module")
def test_a_reload(name: str, keys: Keys, folders: list[Path], tmp_path: Path) -> None:
    settings = tmp_path / "env"
    settings.write_text(f"SIGNING_KEYS={keys.both}\n")
    given = {"without": ["SIGNING_KEYS"], "ENV_FILE": str(settings)}
    with (
        serving(name, folders[0], **given, **SLOW) as server,
        nginx(server, folders[2]) as proxy,
    ):
        former = both_workers(proxy)
        keys.assert_accepted(proxy)
        with journeys(proxy):
            settings.write_text(f"SIGNING_KEYS={keys.new}\n")
            server.process.send_signal(signal.SIGHUP)
            wait_for(lambda: not any(running(pid) for pid in former))
            keys.assert_withdrawn(proxy, former)


@pytest.mark.parametrize("name", ["gunicorn"], scope="module")
def test_a_restart_with_socket_activation(name: str, keys: Keys, folders: list[Path]) -> None:
    secret = {"SECRET_KEY": environment()["SECRET_KEY"], **SLOW}
    with ExitStack() as stack:
        held = stack.enter_context(socket.create_server((LOOPBACK, 0), backlog=128))
        before = {"SIGNING_KEYS": keys.both, **secret}
        first = stack.enter_context(activated(name, held, folders[0], **before))
        proxy = stack.enter_context(nginx(first, folders[2]))
        former = both_workers(proxy)
        keys.assert_accepted(proxy)
        with journeys(proxy):
            assert first.stop() == 0
            after = {"SIGNING_KEYS": keys.new, **secret}
            stack.enter_context(activated(name, held, folders[1], **after))
            keys.assert_withdrawn(proxy, former)
