"""Management commands on the test database, while the server runs."""

import contextlib
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import IO, cast

from tests.processes.server import ROOT, environment

LOOP = """
import shlex, sys
from django.core.management import call_command
for line in sys.stdin:
    call_command(*shlex.split(line))
    sys.stdout.flush()
"""


def manage(*arguments: str) -> str:
    """Run a command of ``manage.py``, and return its output.

    :raises subprocess.CalledProcessError: the command fails.
    """
    run = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return run.stdout


@contextlib.contextmanager
def managing() -> Iterator[Callable[[str], str]]:
    """Like :func:`manage`, for commands that print one line, in one process for all of them."""
    process = subprocess.Popen(
        [sys.executable, "manage.py", "shell", "--no-imports", "--command", LOOP],
        cwd=ROOT,
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process as process:
        stdin, stdout = cast(IO[str], process.stdin), cast(IO[str], process.stdout)

        def run(command: str) -> str:
            stdin.write(f"{command}\n")
            stdin.flush()
            return stdout.readline()

        yield run
