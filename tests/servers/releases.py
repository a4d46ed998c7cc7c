"""Releases of the service, each with its own code, on a database of their own."""

import io
import secrets
import subprocess
import sys
import tarfile
from dataclasses import dataclass, field
from pathlib import Path

from tests.cast import PASSWORD
from tests.paths import ROOT
from tests.processes.server import PUBLIC_NAME, environment

#: The commit of the former release, 0.1.0a1. Update it with each release: the new version must be
#: able to migrate while this one serves.
FORMER = "72789b3aed6d1c92e16309ce1aa954999402d934"

_CREATE = """
import sys
from django.contrib.auth import get_user_model
from django.core.management import call_command
call_command("migrate", verbosity=0)
password = sys.stdin.read()
create = get_user_model().objects.create_user
create("ann", "ann@example.com", password)
create("bob", "bob@example.com", password)
get_user_model().objects.create_superuser("root", "root@example.com", password)
"""


def former(folder: Path) -> Path:
    """Copy the code of the former release from the history into an empty folder, and return it."""
    archive = subprocess.run(
        # In containers of CI, the checkout may belong to another user.
        ["git", "-c", f"safe.directory={ROOT}", "archive", "--format=tar", FORMER],
        cwd=ROOT,
        capture_output=True,
    )
    assert archive.returncode == 0, (
        "The former release is not in the history of this checkout, which must be complete: "
        f"git fetch --unshallow. {archive.stderr.decode()}"
    )
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as code:
        code.extractall(folder, filter="data")
    return folder


@dataclass(frozen=True)
class Release:
    """A release that uses a database.

    :param code: the folder with its code.
    """

    code: Path
    database: str
    secret_key: str = field(default_factory=lambda: secrets.token_urlsafe(50))

    @property
    def settings(self) -> dict[str, str]:
        """The changes of the environment that it needs."""
        return {
            "DATABASE_URL": self.database,
            "SECRET_KEY": self.secret_key,
            "RATELIMIT_ENABLE": "false",
            "CSRF_TRUSTED_ORIGINS": f"https://{PUBLIC_NAME}",
            "NOTICES": "none",
        }

    def manage(self, *arguments: str, text: str = "", **changes: str) -> str:
        """Run a command of ``manage.py``, and return its output.

        :raises AssertionError: it fails.
        """
        done = self.try_to(*arguments, text=text, **changes)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def try_to(
        self, *arguments: str, text: str = "", **changes: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a command of ``manage.py``, which may fail."""
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=self.code,
            env=environment() | self.settings | changes,
            input=text,
            capture_output=True,
            text=True,
            timeout=120,
        )

    def create_database(self) -> None:
        """Create the tables and the accounts ``ann``, ``bob`` and ``root``, a superuser."""
        self.manage("shell", "-c", _CREATE, text=PASSWORD)
