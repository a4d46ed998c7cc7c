"""A Redis server that tests may stop, freeze and reconfigure."""

import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import redis
from django.conf import settings
from django.test import override_settings
from redis.backoff import NoBackoff
from redis.retry import Retry

from cumulonimbus.configuration.storage import cache

WAIT = 30.0


class Server:
    """A Redis server for one test, which writes to disk only on command.

    :param directory: an empty directory.
    :param options: options of its configuration.
    """

    def __init__(self, directory: Path, **options: str) -> None:
        self.port = free_port()
        self.directory = directory
        self._options = {
            "port": str(self.port),
            "bind": "127.0.0.1",
            "save": "",
            "dir": str(directory),
            **options,
        }
        self.start()

    def start(self, **options: str) -> None:
        """Start the server, and wait until it responds, even if it refuses commands.

        :param options: further options.
        """
        all_options = (self._options | options).items()
        arguments = [
            word for name, value in all_options for word in (f"--{name}", *(value.split() or [""]))
        ]
        self._process = subprocess.Popen(
            ["redis-server", *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        wait_for(self._answers)

    @contextmanager
    def asleep(self) -> Iterator[None]:
        """Freeze the server within the block. Its connections stay open."""
        self._process.send_signal(signal.SIGSTOP)
        yield
        self._process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def client(self) -> redis.Redis:
        """Return a client that does not retry."""
        return redis.Redis(port=self.port, retry=Retry(NoBackoff(), 0))

    def keys(self) -> int:
        with self.client() as client:
            size: int = client.dbsize()
            return size

    def _answers(self) -> bool:
        try:
            with self.client() as client:
                client.ping()
        except redis.exceptions.BusyLoadingError:
            return True
        except redis.ConnectionError:
            return False
        return True


@contextmanager
def counted_in(server: Server) -> Iterator[Server]:
    """Use the server as the cache within the block, and kill it afterwards."""
    try:
        with counted_at(f"redis://127.0.0.1:{server.port}"):
            yield server
    finally:
        server.kill()


@contextmanager
def counted_at(url: str) -> Iterator[None]:
    """Use the server of a ``CACHE_URL`` as the cache within the block."""
    with override_settings(CACHES={"default": settings.CACHES["default"] | cache(url)}):
        yield


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port
