"""Folders that are hostile, or break while a server runs: requests and scrapes are answered."""

import fcntl
import os
import shutil
from pathlib import Path

import pytest

from sessions_api.metrics.workers import SharedFolder
from tests.sessions_api.metrics.processes import Worker, failed_logins, working
from tests.sessions_api.metrics.scraping import value

#: What the library fails over: a short file, a length beyond the end or within the header, and keys
#: that are no JSON.
DAMAGED = {
    "short": b"",
    "long": b"\xff\xff\xff\x7f" + bytes(100),
    "header": b"\x03" + bytes(103),
    "keys": b"\x20\0\0\0\0\0\0\0\x04\0\0\0{{{{" + bytes(100),
}


def test_a_folder_that_is_removed_is_made_again(tmp_path: Path) -> None:
    folder = tmp_path / "metrics"
    first, second = Worker(folder), Worker(folder)
    with working(first, second):
        first.count()
        shutil.rmtree(folder)
        # Each notices within a second, and counts from zero.
        for worker in (first, second):
            worker("request")
        second.count()
        first.count()
        for worker in (first, second):
            found = worker.show()
            assert failed_logins(found) == value(found, "processes") == 2
        # They have kept these slots.
        assert {file.name for file in folder.glob("*.lock")} == {"0.lock", "1.lock", "folder.lock"}


def test_a_process_without_its_folder_shows_its_own_counts(tmp_path: Path) -> None:
    folder = tmp_path / "metrics"
    worker = Worker(folder)
    with working(worker):
        worker.count()
        shutil.rmtree(folder)
        folder.write_text("")
        # The first request needs a further file.
        worker("request")
        worker.count()
        found = worker.show()
        assert failed_logins(found) == 2
        assert value(found, "processes") == 1
        folder.unlink()
        worker("request")
        worker("request")
        worker.count()
        found = worker.show()
        assert failed_logins(found) == 1
        labels = {"endpoint": "-", "dialect": "-", "method": "-", "status": "503"}
        assert value(found, "requests_total", **labels) >= 1


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED)
def test_damaged_files_are_left_out_and_replaced(tmp_path: Path, content: bytes) -> None:
    first, second = Worker(tmp_path), Worker(tmp_path)
    with working(first, second):
        first.count()
        second.count()
        second.kill()
        for kind in ("counter", "histogram", "summary"):
            (tmp_path / f"{kind}_1.db").write_bytes(content)
        assert failed_logins(first.show()) == 1
        third = Worker(tmp_path)
        with working(third):
            third("request")
            third.count()
            assert failed_logins(first.show()) == failed_logins(third.show()) == 2


def test_what_else_lies_in_the_folder_is_left_alone(tmp_path: Path) -> None:
    database, outside = tmp_path / "sites.db", tmp_path / "outside"
    database.write_text("somebody's")
    outside.write_text("somebody's")
    folder = tmp_path / "linked"
    folder.symlink_to(tmp_path)
    (tmp_path / "counter_0.db").symlink_to(outside)
    worker = Worker(folder)
    with working(worker):
        # These would block whoever opens them, or lead elsewhere.
        os.mkfifo(tmp_path / "counter_5.db")
        (tmp_path / "counter_6.db").symlink_to("/dev/zero")
        worker.count()
        assert failed_logins(worker.show()) == 1
    assert database.read_text() == outside.read_text() == "somebody's"


@pytest.mark.parametrize("name", ["folder.lock", "0.lock"])
def test_links_are_not_followed(tmp_path: Path, name: str) -> None:
    folder, target = tmp_path / "metrics", tmp_path / "target"
    folder.mkdir()
    (folder / name).symlink_to(target)
    with pytest.raises(OSError, match="symbolic links"):
        SharedFolder(folder)
    assert not target.exists()


def test_a_lock_that_somebody_keeps_stops_nobody(tmp_path: Path) -> None:
    with (tmp_path / "folder.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(TimeoutError, match=r"folder\.lock"):
            SharedFolder(tmp_path, patience=0.1)
    assert SharedFolder(tmp_path).slot() == "0"
