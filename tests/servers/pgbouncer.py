"""PgBouncer with transaction pooling, in front of the test database."""

import contextlib
import functools
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import psycopg

from tests.processes.server import LOOPBACK, environment, free_port, wait_for

#: The version that keeps the prepared statements of its clients apart.
PREPARING = (1, 21)
#: Fewer than the clients of the tests, so that these take turns.
SERVER_CONNECTIONS = 3


@functools.cache
def version() -> tuple[int, ...]:
    """Return the version of the installed PgBouncer."""
    said = subprocess.run([_program(), "--version"], capture_output=True, text=True, check=True)
    found = re.search(r"PgBouncer (\d+)\.(\d+)", said.stdout)
    assert found, said.stdout
    return tuple(map(int, found.groups()))


def keeps_statements() -> bool:
    """Return whether the installed PgBouncer supports prepared statements."""
    return version() >= PREPARING


@contextlib.contextmanager
def pgbouncer(mode: str = "transaction", *, statements: bool = True) -> Iterator[str]:
    """Run PgBouncer in front of the test database, and yield the database's URL there.

    :param mode: its ``pool_mode``.
    :param statements: whether it keeps prepared statements apart, if the installed version can.
    """
    server = urlsplit(environment()["DATABASE_URL"])
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="pgbouncer-") as name:
        folder = Path(name)
        (folder / "pgbouncer.ini").write_text(_configuration(folder, port, mode, statements))
        # It refuses to run as root.
        user = "postgres" if os.geteuid() == 0 else None
        if user:
            shutil.chown(folder, user)
        command = [_program(), "-q", str(folder / "pgbouncer.ini")]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, user=user)
        url = server._replace(netloc=f"{server.username}@{LOOPBACK}:{port}").geturl()
        try:
            wait_for(functools.partial(_answers, url))
            yield url
        finally:
            process.terminate()
            process.wait()


def _configuration(folder: Path, port: int, mode: str, statements: bool) -> str:
    server = urlsplit(environment()["DATABASE_URL"])
    database = {
        "host": server.hostname,
        "port": server.port or 5432,
        "dbname": server.path[1:],
        "user": unquote(server.username or ""),
        "password": unquote(server.password or ""),
    }
    quoted = " ".join(f"{name}='{value}'" for name, value in database.items())
    lines = [
        "[databases]",
        f"{server.path[1:]} = {quoted}",
        "[pgbouncer]",
        f"listen_addr = {LOOPBACK}",
        f"listen_port = {port}",
        "unix_socket_dir =",
        "auth_type = any",
        f"logfile = {folder}/log.txt",
        f"pool_mode = {mode}",
        f"default_pool_size = {SERVER_CONNECTIONS}",
    ]
    if keeps_statements():
        lines.append(f"max_prepared_statements = {100 if statements else 0}")
    return "\n".join(lines) + "\n"


def _answers(url: str) -> bool:
    with contextlib.suppress(psycopg.OperationalError), psycopg.connect(url):
        return True
    return False


def _program() -> str:
    # Debian has it in a folder that is not in everybody's PATH.
    found = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
    assert found, "PgBouncer is not installed."
    return found
