"""A flip made by another process."""

import os
import subprocess
import sys
from urllib.parse import quote

import pytest
from django.db import connection

from killswitches.gate import enabled_mask
from killswitches.models import SwitchFlip
from killswitches.registry import ACCOUNT_LOGIN
from tests.paths import ROOT


def database_url() -> str:
    """The URL of the test database, for another process."""
    given = {name: str(value) for name, value in connection.settings_dict.items()}
    if connection.vendor == "sqlite":
        return f"sqlite:///{given['NAME']}"
    user, password = quote(given["USER"], safe=""), quote(given["PASSWORD"], safe="")
    return f"postgres://{user}:{password}@{given['HOST']}:{given['PORT']}/{given['NAME']}"


def killswitch(*args: str) -> subprocess.CompletedProcess[str]:
    """Run the command in another process on the test database."""
    return subprocess.run(
        [sys.executable, "-m", "django", "killswitch", *args],
        cwd=ROOT,
        env=os.environ
        | {
            "DATABASE_URL": database_url(),
            "PYTHONPATH": os.pathsep.join(sys.path),
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.django_db(transaction=True)
def test_a_flip_by_another_process_is_seen_by_the_next_query() -> None:
    assert enabled_mask() == 0
    done = killswitch("on", "ACCOUNT_LOGIN", "--reason", "fire")
    assert (done.returncode, done.stdout) == (0, "ACCOUNT_LOGIN is now on.\n"), done.stderr
    assert enabled_mask() == ACCOUNT_LOGIN.bit
    done = killswitch("off", "ACCOUNT_LOGIN", "--reason", "over")
    assert done.returncode == 0, done.stderr
    assert enabled_mask() == 0
    assert [flip.reason for flip in SwitchFlip.objects.all()] == ["over", "fire"]


@pytest.mark.django_db(transaction=True)
def test_an_error_has_an_exit_status_and_one_line() -> None:
    done = killswitch("on", "NONSENSE", "--reason", "fire")
    assert done.returncode == 1
    assert done.stderr.startswith("CommandError: Unknown switch 'NONSENSE'.")
    assert len(done.stderr.splitlines()) == 1
