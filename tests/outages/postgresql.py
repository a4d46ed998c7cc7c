"""PostgreSQL servers for these tests only."""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg

from tests.processes.server import LOOPBACK, free_port, wait_for

DATABASE = "cumulonimbus"
#: Not a superuser, so that connection limits apply.
ROLE = "service"
#: The name of a standby, for ``synchronous_standby_names``.
STANDBY = "standby"


def children(pid: int) -> list[int]:
    """Return the processes that a process has started."""
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _programs() -> Path:
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    return max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))


class PostgreSQL:
    """A server with a database, which can be stopped and started, and queried as a superuser.

    :param directory: in directories that all users may enter, which those of pytest are not.
    :param primary: a server to follow as its standby, under the name :data:`STANDBY`.
    :param port: where it listens; by default on a free port.
    """

    def __init__(
        self, directory: Path, *, primary: "PostgreSQL | None" = None, port: int | None = None
    ) -> None:
        self._directory = directory
        self._data = directory / "data"
        self.port = port or free_port()
        # The server refuses to run as root.
        self._as = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        if self._as:
            shutil.chown(directory, "postgres")
        if primary:
            source = f"host={LOOPBACK} port={primary.port} user=postgres application_name={STANDBY}"
            self._run("pg_basebackup", "-R", "-c", "fast", "-d", source)
        else:
            self._run("initdb", "-A", "trust", "-U", "postgres", "-N", "-E", "UTF8")
        with (self._data / "postgresql.conf").open("a") as configuration:
            configuration.write(
                f"port = {self.port}\nlisten_addresses = '{LOOPBACK}'\n"
                f"unix_socket_directories = '{directory}'\nfsync = off\nmax_connections = 60\n"
                # For a standby that has lost its connection.
                "wal_keep_size = 256MB\n"
            )
        self.start()
        if not primary:
            self.execute(f"CREATE ROLE {ROLE} LOGIN", f"CREATE DATABASE {DATABASE} OWNER {ROLE}")

    def start(self) -> None:
        self._control("start")

    def stop(self) -> None:
        self._control("stop", "-m", "fast")

    def restart(self) -> None:
        self._control("restart", "-m", "fast")

    def kill(self) -> None:
        """Kill the server as if the machine had failed, and wait until it is gone."""
        processes = [self.pid, *children(self.pid)]
        for process in processes:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        wait_for(lambda: not any(Path(f"/proc/{process}/exe").exists() for process in processes))
        # Where nobody waits for orphans, they would be taken for a running server.
        (self._data / "postmaster.pid").unlink()
        (self._directory / f".s.PGSQL.{self.port}.lock").unlink()

    def promote(self) -> None:
        """Make a standby the primary, and wait until it accepts writes."""
        self._control("promote")

    def execute(self, *statements: str, database: str = "postgres") -> None:
        with self.connect(database) as connection:
            for statement in statements:
                connection.execute(statement)

    def connect(self, database: str = "postgres") -> psycopg.Connection[Any]:
        return psycopg.connect(
            host=LOOPBACK, port=self.port, user="postgres", dbname=database, autocommit=True
        )

    def connections(self) -> int:
        """Return the number of connections of the service."""
        with self.connect() as connection:
            of_service = f"FROM pg_stat_activity WHERE usename = '{ROLE}'"
            [number] = connection.execute(f"SELECT count(*) {of_service}").fetchone() or [0]
            return int(number)

    def end_connections(self) -> int:
        """End all connections of the service, wait until they are gone, and return their number."""
        of_service = f"FROM pg_stat_activity WHERE usename = '{ROLE}'"
        with self.connect() as connection:
            ended = connection.execute(f"SELECT pid, pg_terminate_backend(pid, 10000) {of_service}")
            return len(ended.fetchall())

    @contextlib.contextmanager
    def configured(self, name: str, value: str) -> Iterator[None]:
        """Change a setting within the block. It applies to new transactions."""
        self.execute(f"ALTER SYSTEM SET {name} = '{value}'", "SELECT pg_reload_conf()")
        try:
            yield
        finally:
            self.execute(f"ALTER SYSTEM RESET {name}", "SELECT pg_reload_conf()")

    @property
    def pid(self) -> int:
        return int((self._data / "postmaster.pid").read_text().split()[0])

    def replicate(self, *, synchronously: bool) -> None:
        """Have commits wait for the standby, or not."""
        names = STANDBY if synchronously else ""
        self.execute(
            f"ALTER SYSTEM SET synchronous_standby_names = '{names}'", "SELECT pg_reload_conf()"
        )

    def is_running(self) -> bool:
        return (self._data / "postmaster.pid").exists()

    def _control(self, *arguments: str) -> None:
        log = str(self._directory / "log.txt")
        self._run("pg_ctl", "-w", "-t", "60", "-l", log, *arguments)

    def _run(self, program: str, *arguments: str) -> None:
        command = [*self._as, str(_programs() / program), "-D", str(self._data), *arguments]
        # Not to a pipe, because the server would keep it open.
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/")


@contextlib.contextmanager
def running(primary: PostgreSQL | None = None, *, port: int | None = None) -> Iterator[PostgreSQL]:
    """Run a server in a directory of its own, and stop it if it still runs afterwards."""
    with tempfile.TemporaryDirectory(prefix="postgresql-") as directory:
        server = PostgreSQL(Path(directory), primary=primary, port=port)
        try:
            yield server
        finally:
            if server.is_running():
                server.stop()
