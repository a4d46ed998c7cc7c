"""The server as operators run it, and connections to it.

If the suite runs on PostgreSQL and Redis, it is gunicorn with two workers in production mode, and
the test acts as the proxy. Otherwise it is Django's development server.
"""

import contextlib
import functools
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from email.message import Message
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.db import connections

from sessions_api.conf import api_settings
from tests.conditional import on_postgresql, on_redis
from tests.paths import ROOT

LOOPBACK = "127.0.0.1"
PUBLIC_NAME = "cumulonimbus.test"
ADDRESS = "198.51.100.7"
#: The address that probes come from, so that they do not count towards other rate limits.
PROBES = "198.51.100.8"
IN_PRODUCTION = on_postgresql() and on_redis()
WORKERS = 2 if IN_PRODUCTION else 1
#: The timeout for starting, responding and stopping, in seconds.
TIMEOUT = 60.0
#: A port of a host, or the path of a UNIX socket.
Address = tuple[str, int] | str


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Message
    body: Any

    @property
    def worker(self) -> str | None:
        """The id of the process that answered; None for the development server."""
        return self.headers["X-Worker"]


class Connection(contextlib.AbstractContextManager["Connection"]):
    """A persistent connection, so that all requests are answered by the same worker."""

    def __init__(self, address: Address) -> None:
        self._http = HTTPConnection(LOOPBACK, timeout=TIMEOUT)
        if isinstance(address, str):
            self._http.sock = socket.socket(socket.AF_UNIX)
            self._http.sock.settimeout(TIMEOUT)
            self._http.sock.connect(address)
        else:
            self._http.host, self._http.port = address

    def __call__(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        token: str | None = None,
        address: str = ADDRESS,
    ) -> Answer:
        """Send a request as the proxy would for a client at ``address``."""
        headers = {
            "Host": PUBLIC_NAME,
            "Content-Type": "application/json",
            "X-Forwarded-Proto": "https",
            "X-Forwarded-For": address,
        }
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        self._http.request(
            method, f"/api/v5{path}", None if body is None else json.dumps(body), headers
        )
        response = self._http.getresponse()
        return Answer(response.status, response.headers, json.loads(response.read()))

    def __exit__(self, *exception: object) -> None:
        self._http.close()


@dataclass
class Server:
    process: subprocess.Popen[bytes]
    address: Address
    log: Path

    def connect(self) -> Connection:
        return Connection(self.address)

    @contextlib.contextmanager
    def connect_to_each_worker(self) -> Iterator[list[Connection]]:
        """Open a connection to each worker."""
        with contextlib.ExitStack() as stack:
            found: dict[str | None, Connection] = {}
            deadline = time.monotonic() + TIMEOUT
            while len(found) < WORKERS:
                assert time.monotonic() < deadline, f"Only {len(found)} workers responded."
                connection = stack.enter_context(self.connect())
                # Even a 429 names the worker.
                answer = connection("GET", "/nowhere", address=PROBES)
                found.setdefault(answer.worker, connection)
            yield list(found.values())

    def stop(self) -> int:
        """Stop the server like an init system, and return the exit status."""
        self.process.terminate()
        try:
            return self.process.wait(TIMEOUT)
        finally:
            # Any workers that are still running.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)


@contextlib.contextmanager
def serve(
    directory: Path,
    *,
    command: Sequence[str] | None = None,
    address: Address | None = None,
    inherited: Sequence[int] = (),
    code: Path = ROOT,
    without: Sequence[str] = (),
    **changes: str,
) -> Iterator[Server]:
    """Run a server, and wait until it responds. Its log is in ``directory``.

    :param command: the arguments for Python of another server, which listens at ``address``.
    :param inherited: open files to pass on to it.
    :param code: the folder with its code, and its working directory.
    :param without: variables that it does not get.
    :param changes: changes of its environment.
    """
    address = address or (LOOPBACK, free_port())
    log = directory / "log.txt"
    given = environment() | changes
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, *(command or _command(address))],
            cwd=code,
            env={key: value for key, value in given.items() if key not in without},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            pass_fds=inherited,
            # A process group, with its workers.
            start_new_session=True,
        )
    server = Server(process, address, log)
    try:
        wait_for(functools.partial(_answers, server))
        yield server
    finally:
        server.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return probe.getsockname()[1]


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + TIMEOUT
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def environment() -> dict[str, str]:
    """Return the environment of a process that uses the test database and the suite's cache."""
    database = connections["default"].settings_dict["NAME"]
    url = (
        urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{database}").geturl()
        if on_postgresql()
        else f"sqlite:///{database}"
    )
    cache = {}
    if on_redis():
        prefix = urlencode({"key_prefix": settings.CACHES["default"]["KEY_PREFIX"]})
        cache = {"CACHE_URL": urlsplit(os.environ["CACHE_URL"])._replace(query=prefix).geturl()}
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": "cumulonimbus.settings",
        "DEBUG": str(not IN_PRODUCTION),
        "SECRET_KEY": secrets.token_urlsafe(50),
        "SIGNING_KEYS": ",".join(map(str, api_settings().SIGNING_KEYS)),
        "ALLOWED_HOSTS": PUBLIC_NAME,
        "TRUSTED_PROXIES": "1",
        # While tests keep all cores busy, a login could time out in the hashing queue.
        "HASHING_CONCURRENCY": "8",
        "DATABASE_URL": url,
        # The most verbose level; but with DEBUG on, Django would log all SQL.
        "LOG_LEVEL": "DEBUG" if IN_PRODUCTION else "INFO",
        **cache,
    }


def _command(address: Address) -> list[str]:
    bind = "{}:{}".format(*address)
    if not IN_PRODUCTION:
        return ["manage.py", "runserver", "--noreload", bind]
    options = ["--config=python:cumulonimbus.gunicorn_config", "--access-logfile=-"]
    own = [f"--bind={bind}", f"--workers={WORKERS}", "tests.processes.wsgi:application"]
    return ["-m", "gunicorn", *options, *own]


def _answers(server: Server) -> bool:
    assert server.process.poll() is None, server.log.read_text()
    with contextlib.suppress(OSError), server.connect() as connection:
        connection("GET", "/nowhere", address=PROBES)
        return True
    return False
