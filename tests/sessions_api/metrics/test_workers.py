"""Counts of several processes: added up, kept when a process ends, in a bounded number of files."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from sessions_api.metrics.workers import SIZES, SharedFolder
from tests.paths import ROOT
from tests.sessions_api.metrics.scraping import Samples, parsed, value

#: A process that counts a failed login, of this code, per line that it reads. For "show" it shows
#: the metrics, and for "fork" a child of it counts.
WORKER = """
import os, sys
from pathlib import Path
import django
django.setup()
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
    elif line == "show\\n":
        print(shown.text().decode(), end="")
    else:
        shown.process.count_failed_login(line.strip())
        shown.process.sample()
    print("done", flush=True)
"""


class Worker:
    def __init__(self, folder: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", WORKER, str(folder)],
            cwd=ROOT,
            env=os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
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


def test_counts_are_added_up_and_outlive_their_process(tmp_path: Path) -> None:
    folder = tmp_path / "metrics"
    first, second = Worker(folder), Worker(folder)
    with working(first, second):
        first.count()
        second.count()
        second.count()
        found = first.show()
        assert failed_logins(found) == failed_logins(second.show()) == 3
        assert value(found, "processes") == 2
        slots = value(found, "hashing_slots")
        second.kill()
        found = first.show()
        assert failed_logins(found) == 3
        assert value(found, "processes") == 1
        # A gauge of a process that has ended says nothing any more.
        assert value(found, "hashing_slots") == slots / 2


def test_processes_that_are_replaced_add_no_files(tmp_path: Path) -> None:
    first, second = Worker(tmp_path), Worker(tmp_path)
    with working(first, second):
        first.count()
        second.count()
        before = files(tmp_path)
        assert len(before) == 2 * len(SIZES)
        for _ in range(3):
            second.kill()
            second = Worker(tmp_path)
            with working():
                second.count()
        assert files(tmp_path) == before
        assert failed_logins(first.show()) == 5
        second.kill()


def test_a_server_that_starts_begins_at_zero(tmp_path: Path) -> None:
    first = Worker(tmp_path)
    with working(first):
        first.count()
    again = Worker(tmp_path)
    with working(again):
        assert failed_logins(again.show()) == 0


def test_a_process_that_is_forked_counts_for_itself(tmp_path: Path) -> None:
    parent = Worker(tmp_path)
    with working(parent):
        parent.count()
        parent("fork")
        parent("AFTER")
        found = parent.show()
        for code in ("X", "CHILD", "AFTER"):
            assert value(found, "failed_logins_total", code=code) == 1
        assert value(found, "processes") == 1


def test_files_are_private_and_written_in_full(tmp_path: Path) -> None:
    """A process would be killed if the disk were full when it first wrote to a part of its file."""
    worker = Worker(tmp_path / "metrics")
    with working(worker):
        assert (tmp_path / "metrics").stat().st_mode & 0o777 == 0o700
        for file in (tmp_path / "metrics").glob("*.db"):
            status = file.stat()
            assert status.st_blocks * 512 >= status.st_size > 0


@pytest.mark.parametrize("taken", [0, 1, 3])
def test_the_first_free_slot_is_taken(tmp_path: Path, taken: int) -> None:
    held: list[Any] = [SharedFolder(tmp_path) for _ in range(taken)]
    assert [folder.slot() for folder in held] == [str(number) for number in range(taken)]
    assert SharedFolder(tmp_path).slot() == str(taken)
