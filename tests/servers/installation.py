"""The service on a PostgreSQL server of its own, which runs the manual's lines on backups."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography.fernet import Fernet

from tests import manual
from tests.outages.postgresql import DATABASE, PostgreSQL
from tests.paths import ROOT
from tests.processes.server import LOOPBACK, Connection, environment, serve
from tests.servers.releases import Release

PAGE = manual.page("operators/backup")
#: What the manual's commands are on this machine.
COMMANDS = """
set -e
runuser() {
    user=$2; shift 3
    if [ "$user" = postgres ]; then command runuser -u postgres -- "$@"; else "$@"; fi
}
cumulonimbus() { "$PYTHON" -m cumulonimbus "$@"; }
systemctl() {
    if [ "$2" = postgresql ]; then
        runuser -u postgres -- pg_ctl -w -D "$DATA" -l "$DATA.log" -m fast "$1" > /dev/null
    fi
}
"""


def block(beginning: str) -> str:
    """Return the code block that has a line with this beginning."""
    pattern = re.compile(r"^```\w+\n(.*?)^```", re.MULTILINE | re.DOTALL)
    [found] = [one for one in pattern.findall(PAGE) if f"\n{beginning}" in f"\n{one}"]
    return str(found)


@dataclass
class Installation:
    """The service on a PostgreSQL server of its own.

    :param folder: contains everything; the postgres user may enter it.
    """

    folder: Path
    server: PostgreSQL

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def url(self, database: str = DATABASE) -> str:
        return f"postgres://cumulonimbus@{LOOPBACK}:{self.server.port}/{database}"

    def settings(self, database: str = DATABASE) -> dict[str, str]:
        """Return the environment of the service. The keys are in its file."""
        release = Release(ROOT, self.url(database))
        given = environment() | release.settings
        for name in ("SECRET_KEY", "SIGNING_KEYS"):
            del given[name]
        return given | {"ENV_FILE": str(self.folder / "etc" / "cumulonimbus.env")}

    def run(self, script: str, database: str = DATABASE) -> None:
        """Run a block of the page."""
        for old, new in {
            "/var/lib/postgresql/15/main": str(self.data),
            "/var/lib/postgresql/15/damaged": str(self.folder / "damaged"),
            "/var/backups": str(self.folder / "backups"),
            "/etc/cumulonimbus": str(self.folder / "etc"),
        }.items():
            script = script.replace(old, new)
        own = {
            "DATA": str(self.data),
            "PYTHON": sys.executable,
            "PGHOST": LOOPBACK,
            "PGPORT": str(self.server.port),
            "PGUSER": "postgres",
            "PATH": f"{programs()}:{os.environ['PATH']}",
        }
        done = subprocess.run(
            ["bash", "-c", COMMANDS + script],
            env=self.settings(database) | own,
            cwd="/",
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, f"{script}\n{done.stdout}{done.stderr}"

    @contextmanager
    def serving(self, folder: Path, database: str = DATABASE) -> Iterator[Connection]:
        """Serve, and yield a connection."""
        keys = ("SECRET_KEY", "SIGNING_KEYS")
        with (
            serve(folder, without=keys, **self.settings(database)) as server,
            server.connect() as call,
        ):
            yield call


def programs() -> Path:
    """Return the folder with PostgreSQL's programs."""
    folders = Path("/usr/lib/postgresql").glob("*/bin")
    return max(folders, key=lambda path: float(path.parent.name))


def create(installation: Installation) -> None:
    """Create the keys and the database, and let PostgreSQL archive its WAL."""
    etc = installation.folder / "etc"
    etc.mkdir()
    given = environment()
    shutil.copy(given["SIGNING_KEYS"], etc / "signing-key.pem")
    lines = {
        "SECRET_KEY": given["SECRET_KEY"],
        "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        "SIGNING_KEYS": f"{etc}/signing-key.pem",
    }
    text = "".join(f"{name}={value}\n" for name, value in lines.items())
    (etc / "cumulonimbus.env").write_text(text)
    backups = installation.folder / "backups"
    backups.mkdir()
    backups.chmod(0o755)
    archiving = block("archive_mode").replace("/var/backups", str(backups))
    with (installation.data / "postgresql.conf").open("a") as configuration:
        configuration.write(archiving)
    installation.run(block("install -d -o postgres -m 700 /var/backups/wal").splitlines()[0])
    installation.server.restart()
    Release(ROOT, installation.url(), given["SECRET_KEY"]).create_database()
