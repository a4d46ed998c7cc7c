"""The service in a separate process, which uses PostgreSQL servers; see ``service.py``."""

import contextlib
import json
import os
import secrets
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from sessions_api.conf import api_settings
from tests.outages.postgresql import DATABASE, ROLE
from tests.processes.server import LOOPBACK, ROOT


@dataclass(frozen=True)
class Answer:
    status: int
    seconds: float
    headers: dict[str, str]
    body: str


class Service:
    """The project in a separate process, called without a server in between; see ``service.py``."""

    def __init__(self, process: "subprocess.Popen[str]", log: Path) -> None:
        self._process = process
        self.log = log

    def call(
        self, path: str, *, times: int = 1, threads: int = 1, body: Any = None
    ) -> Sequence[Answer]:
        """Call a path so many times in each of so many threads, as somebody who is logged in; with
        a body, log in."""
        command = {"path": path, "times": times, "threads": threads, "body": body}
        self._write(command)
        return self.result()

    def begin(self, path: str, *, times: int, threads: int) -> None:
        self._write({"path": path, "times": times, "threads": threads, "body": None})

    def result(self) -> Sequence[Answer]:
        """Wait for the calls that :meth:`begin` has started, and return their responses."""
        assert self._process.stdout
        line = self._process.stdout.readline()
        assert line, self.log.read_text()
        return [Answer(**answer) for answer in json.loads(line)]

    def statuses(self, path: str, *, times: int = 1, threads: int = 1) -> Counter[int]:
        return Counter(answer.status for answer in self.call(path, times=times, threads=threads))

    def stop(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(60)

    def _write(self, command: Any) -> None:
        assert self._process.stdin
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()


@contextlib.contextmanager
def serve(
    directory: Path, *ports: int, query: str = "", interface: str = "wsgi", **changes: str
) -> Iterator[Service]:
    """:param ports: the ports of the database's servers, which its URL names.
    :param query: the query of that URL.
    :param changes: changes of the environment.
    """
    servers = ",".join(f"{LOOPBACK}:{port}" for port in ports)
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "cumulonimbus.settings",
        "DEBUG": "false",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "SIGNING_KEYS": ",".join(map(str, api_settings().SIGNING_KEYS)),
        "ALLOWED_HOSTS": "testserver",
        "TRUSTED_PROXIES": "1",
        "RATELIMIT_ENABLE": "false",
        "CACHE_URL": "locmemcache://",
        "DATABASE_URL": f"postgres://{ROLE}@{servers}/{DATABASE}{query}",
        "STATE_DIR": str(settings.STATE_DIR),
    }
    log = directory / "log.txt"
    with log.open("a") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.outages.service", interface],
            cwd=ROOT,
            env=environment | changes,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=output,
            text=True,
        )
    service = Service(process, log)
    try:
        service.result()
        yield service
    finally:
        service.stop()
