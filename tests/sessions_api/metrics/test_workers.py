"""Counts of several processes: added up, kept when a process ends, in a bounded number of files."""

from pathlib import Path
from typing import Any

import pytest

from sessions_api.metrics.workers import SIZES, SharedFolder
from tests.sessions_api.metrics.processes import Worker, failed_logins, files, working
from tests.sessions_api.metrics.scraping import value


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
    again = Worker(tmp_path, group=0)
    with working(again):
        assert failed_logins(again.show()) == 0


def test_counts_outlive_all_processes_of_a_server(tmp_path: Path) -> None:
    """gunicorn reloads its workers so: all have ended before the new ones take slots."""
    for number in range(3):
        worker = Worker(tmp_path)
        with working(worker):
            worker.count()
            assert failed_logins(worker.show()) == number + 1


def test_a_second_server_leaves_the_counts_of_the_first(tmp_path: Path) -> None:
    first, second = Worker(tmp_path, group=0), Worker(tmp_path, group=0)
    with working(first, second):
        first.count()
        assert failed_logins(second.show()) == 1


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
