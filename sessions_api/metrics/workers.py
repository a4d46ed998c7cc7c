"""Counting by several processes of one machine, in files of a folder that they share.

The library keeps the values of a process in files that are mapped into its memory, and adds them up
at a scrape. It names the files by process id, so that each new worker would add files forever. Here
they are named by *slots*: a process takes the first free slot, and goes on counting where a former
process of that slot ended. There are as many slots as processes ran at the same time.

A slot is taken as long as its lock file is locked. The kernel unlocks it when the process ends, in
whatever way.

What is counted lasts as long as the server. Its workers may all end before their successors take
slots, as with a reload by gunicorn, so ``folder.lock`` names the server that has counted last.
"""

import fcntl
import itertools
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from prometheus_client import multiprocess, values

from sessions_api.metrics.files import allocate, discard_damaged, files_in

#: The sizes of new files in bytes: enough for a thousand combinations of labels. They are written
#: in full, because a process would be killed if the disk were full when it first uses a page.
SIZES = {"counter": 1 << 19, "histogram": 1 << 20, "gauge_livesum": 1 << 16}


class SharedFolder:
    """The folder, and the slot of this process in it.

    :param path: is created if it does not exist, readable by its owner only.
    :param patience: the seconds that a process waits while others take slots.
    :raises OSError: the folder cannot be used.
    """

    def __init__(self, path: Path, *, patience: float = 10.0) -> None:
        self.path = path
        self._patience = patience
        self._lock = threading.Lock()
        self._slot = ""
        self._descriptor = -1
        self.slot()
        os.register_at_fork(after_in_child=self._forget)

    def slot(self) -> str:
        """Return the number of this process's slot; a process that was forked takes its own."""
        # The library asks for it whenever it counts.
        return self._slot or self._take_once()

    def share(self) -> None:
        """Have the library keep the values of this process's metrics in the folder.

        Call it before the metrics are made.
        """
        # The library reads the folder from here whenever it opens a file.
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(self.path)
        values.ValueClass = values.MultiProcessValue(process_identifier=self.slot)

    def renew(self) -> None:
        """Take another slot if that of this process was removed, with the folder or without it."""
        with self._lock:
            if self._slot and not self._has_slot():
                former = self._descriptor
                # The library opens its files anew if the number changes.
                self._slot = self._take(but=self._slot)
                os.close(former)

    def forget_ended(self) -> int:
        """Remove the gauges of processes that have ended. Return the number of running ones.

        What ended processes have counted stays.
        """
        running = 0
        with self._exclusively():
            for number in self._slots():
                if (descriptor := self._try(number)) is None:
                    running += 1
                else:
                    multiprocess.mark_process_dead(number, str(self.path))
                    os.close(descriptor)
        return running

    def _take_once(self) -> str:
        with self._lock:
            if not self._slot:
                self._slot = self._take()
            return self._slot

    def _take(self, but: str = "") -> str:
        """Take the first free slot, but not this one. Return its number."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._exclusively() as record:
            self._begin(record)
            for number in itertools.count():
                if str(number) != but and (descriptor := self._try(number)) is not None:
                    try:
                        self._prepare(number)
                    except OSError:
                        os.close(descriptor)
                        raise
                    self._descriptor = descriptor
                    return str(number)
        raise AssertionError("unreachable")

    def _prepare(self, number: int) -> None:
        multiprocess.mark_process_dead(number, str(self.path))
        discard_damaged(self.path, number)
        for prefix, size in SIZES.items():
            allocate(self.path / f"{prefix}_{number}.db", size)

    def _begin(self, record: int) -> None:
        """Begin at zero if a server starts: it may count other things, or count differently."""
        server = _server().encode()
        if os.pread(record, len(server) + 1, 0) == server:
            return
        if not any(self._is_taken(number) for number in self._slots()):
            for file in files_in(self.path):
                file.unlink()
        os.ftruncate(record, 0)
        os.pwrite(record, server, 0)

    def _has_slot(self) -> bool:
        try:
            there = os.stat(self.path / f"{self._slot}.lock")
        except OSError:
            return False
        return os.path.samestat(there, os.fstat(self._descriptor))

    def _slots(self) -> list[int]:
        return [int(file.stem) for file in self.path.glob("*.lock") if file.stem.isdecimal()]

    def _is_taken(self, number: int) -> bool:
        if (descriptor := self._try(number)) is None:
            return True
        os.close(descriptor)
        return False

    def _try(self, number: int) -> int | None:
        """Lock a slot. Return the open file, or None if another process has it."""
        descriptor = self._open(f"{number}.lock")
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        return descriptor

    @contextmanager
    def _exclusively(self) -> Iterator[int]:
        """Keep other processes from taking slots. Yield the open file that names the server."""
        descriptor = self._open("folder.lock")
        try:
            _lock(descriptor, self._patience)
            yield descriptor
        finally:
            os.close(descriptor)

    def _open(self, name: str) -> int:
        return os.open(self.path / name, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)

    def _forget(self) -> None:
        """Let go of the parent's slot after a fork, without unlocking it."""
        self._lock = threading.Lock()
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._slot, self._descriptor = "", -1


def _lock(descriptor: int, seconds: float) -> None:
    """Lock a file, within some seconds.

    :raises TimeoutError: another process keeps it locked; requests must not wait for that.
    """
    deadline = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise TimeoutError("another process keeps folder.lock locked") from None
            time.sleep(0.005)


def _server() -> str:
    """Return what tells the server of this process from others: its process group.

    A server and its workers are in one, whose id is that of the server, or of what started it. Ids
    are used again, so the time when that process started belongs to it, where the system tells it.
    """
    group = os.getpgrp()
    try:
        status = Path(f"/proc/{group}/stat").read_text()
    except OSError:
        return str(group)
    # The 22nd field. The second one, in parentheses, may contain anything.
    return f"{group} {status.rpartition(')')[2].split()[19]}"
