"""Processes that count in a folder."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.paths import ROOT
from tests.sessions_api.metrics.scraping import Samples, parsed, value

#: A process that counts a failed login, of this code, per line that it reads. For "show" it shows
#: the metrics, for "request" it counts a request, and for "fork" a child of it counts.
WORKER = """
import os, sys
from pathlib import Path
import django
django.setup()
from django.http import HttpRequest, HttpResponse
from sessions_api.metrics.exposition import Exposition
from sessions_api.metrics.process import ProcessMetrics
from sessions_api.metrics.workers import SharedFolder
shown = Exposition(ProcessMetrics(SharedFolder(Path(sys.argv[1])), sampling=False))
print("ready", flush=True)
for line in sys.stdin:
    if line == "fork\\n":
        if os.fork() == 0:
            shown.process.count_failed_login("CHILD")
            os._exit(0)
        os.wait()
    elif line == "request\\n":
        shown.process.count_request(HttpRequest(), HttpResponse(status=503), 1.0)
        shown.process.sample()
    elif line == "show\\n":
        print(shown.text().decode(), end="")
    else:
        shown.process.count_failed_login(line.strip())
        shown.process.sample()
    print("done", flush=True)
"""


class Worker:
    """A process that counts.

    :param group: its process group; 0 for one of its own, as a server that starts has.
    """

    def __init__(self, folder: Path, *, group: int | None = None) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", WORKER, str(folder)],
            cwd=ROOT,
            env=os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            process_group=group,
        )
        self._read_until("ready")

    def __call__(self, line: str) -> str:
        assert self.process.stdin
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()
        return self._read_until("done")

    def count(self) -> None:
        self("X")

    def show(self) -> Samples:
        """Return the metrics; their queries fail, because the tests' database is not theirs."""
        return parsed(self("show"))

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def _read_until(self, end: str) -> str:
        assert self.process.stdout
        lines = iter(self.process.stdout.readline, "")
        text = []
        for line in lines:
            if line == f"{end}\n":
                return "".join(text)
            text.append(line)
        raise AssertionError("The process has ended.")


@contextmanager
def working(*workers: Worker) -> Iterator[None]:
    try:
        yield
    finally:
        for worker in workers:
            worker.kill()
            assert worker.process.stdin
            assert worker.process.stdout
            worker.process.stdin.close()
            worker.process.stdout.close()


def failed_logins(found: Samples) -> float:
    return value(found, "failed_logins_total", code="X")


def files(folder: Path) -> set[str]:
    return {file.name for file in folder.glob("*.db")}
