"""A PostgreSQL server for these tests only, and the service in a separate process that uses it."""

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings

from sessions_api.conf import api_settings
from tests.processes.server import ROOT

LOOPBACK = "127.0.0.1"
DATABASE = "cumulonimbus"
#: Not a superuser, so that connection limits apply.
ROLE = "service"


def _programs() -> Path:
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    return max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))


class PostgreSQL:
    """A server with a database, which can be stopped and started, and queried as a superuser.

    :param directory: in directories that all users may enter, which those of pytest are not.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        with socket.create_server((LOOPBACK, 0)) as free:
            self.port = free.getsockname()[1]
        # The server refuses to run as root.
        self._as = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        if self._as:
            shutil.chown(directory, "postgres")
        self._run("initdb", "-A", "trust", "-U", "postgres", "-N", "-E", "UTF8")
        with (directory / "data" / "postgresql.conf").open("a") as configuration:
            configuration.write(
                f"port = {self.port}\nlisten_addresses = '{LOOPBACK}'\n"
                f"unix_socket_directories = '{directory}'\nfsync = off\nmax_connections = 60\n"
            )
        self.start()
        self.execute(f"CREATE ROLE {ROLE} LOGIN", f"CREATE DATABASE {DATABASE} OWNER {ROLE}")

    def start(self) -> None:
        self._control("start")

    def stop(self) -> None:
        self._control("stop", "-m", "fast")

    def restart(self) -> None:
        self._control("restart", "-m", "fast")

    def execute(self, *statements: str, database: str = "postgres") -> None:
        with self.connect(database) as connection:
            for statement in statements:
                connection.execute(statement)

    def connect(self, database: str = "postgres") -> psycopg.Connection[Any]:
        return psycopg.connect(
            host=LOOPBACK, port=self.port, user="postgres", dbname=database, autocommit=True
        )

    def end_connections(self) -> int:
        """End all connections of the service, wait until they are gone, and return their number."""
        of_service = f"FROM pg_stat_activity WHERE usename = '{ROLE}'"
        with self.connect() as connection:
            ended = connection.execute(f"SELECT pid, pg_terminate_backend(pid, 10000) {of_service}")
            return len(ended.fetchall())

    @contextmanager
    def configured(self, name: str, value: str) -> Iterator[None]:
        """Change a setting within the block. It applies to new transactions."""
        self.execute(f"ALTER SYSTEM SET {name} = '{value}'", "SELECT pg_reload_conf()")
        try:
            yield
        finally:
            self.execute(f"ALTER SYSTEM RESET {name}", "SELECT pg_reload_conf()")

    def _control(self, *arguments: str) -> None:
        log = str(self._directory / "log.txt")
        self._run("pg_ctl", "-w", "-t", "60", "-l", log, *arguments)

    def _run(self, program: str, *arguments: str) -> None:
        data = str(self._directory / "data")
        command = [*self._as, str(_programs() / program), "-D", data, *arguments]
        # Not to a pipe, because the server would keep it open.
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/")


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


@contextmanager
def serve(
    directory: Path, port: int, *, query: str = "", interface: str = "wsgi"
) -> Iterator[Service]:
    """:param query: the query of the database's URL."""
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "cumulonimbus.settings",
        "DEBUG": "false",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "SIGNING_KEYS": ",".join(map(str, api_settings().SIGNING_KEYS)),
        "ALLOWED_HOSTS": "testserver",
        "TRUSTED_PROXIES": "1",
        "RATELIMIT_ENABLE": "false",
        "CACHE_URL": "locmemcache://",
        "DATABASE_URL": f"postgres://{ROLE}@{LOOPBACK}:{port}/{DATABASE}{query}",
        "STATE_DIR": str(settings.STATE_DIR),
    }
    log = directory / "log.txt"
    with log.open("a") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.outages.service", interface],
            cwd=ROOT,
            env=environment,
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
