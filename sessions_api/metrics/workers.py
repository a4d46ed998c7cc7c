"""Counting by several processes of one machine, in files of a folder that they share.

The library keeps the values of a process in files that are mapped into its memory, and adds them up
at a scrape. It names the files by process id, so that each new worker would add files forever. Here
they are named by *slots*: a process takes the first free slot, and goes on counting where a former
process of that slot ended. There are as many slots as processes ran at the same time.

A slot is taken as long as its lock file is locked. The kernel unlocks it when the process ends, in
whatever way.
"""

import fcntl
import itertools
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from prometheus_client import multiprocess, values

#: The sizes of new files in bytes: enough for a thousand combinations of labels. They are written
#: in full, because a process would be killed if the disk were full when it first uses a page.
SIZES = {"counter": 1 << 19, "histogram": 1 << 20, "gauge_livesum": 1 << 16}


class SharedFolder:
    """The folder, and the slot of this process in it.

    :param path: is created if it does not exist, readable by its owner only.
    :raises OSError: the folder cannot be used.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
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
                with self._exclusively():
                    self._slot = self._take()
            return self._slot

    def _take(self) -> str:
        if not any(self._is_taken(number) for number in self._slots()):
            # A server starts: its version may count other things, or count them differently.
            for file in self.path.glob("*.db"):
                file.unlink()
        for number in itertools.count():
            if (descriptor := self._try(number)) is not None:
                self._descriptor = descriptor
                multiprocess.mark_process_dead(number, str(self.path))
                self._allocate(number)
                return str(number)
        raise AssertionError("unreachable")

    def _allocate(self, number: int) -> None:
        for prefix, size in SIZES.items():
            with (self.path / f"{prefix}_{number}.db").open("ab") as file:
                file.write(bytes(max(0, size - file.tell())))

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
    def _exclusively(self) -> Iterator[None]:
        """Keep other processes from taking slots."""
        descriptor = self._open("folder.lock")
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _open(self, name: str) -> int:
        return os.open(self.path / name, os.O_RDWR | os.O_CREAT, 0o600)

    def _forget(self) -> None:
        """Let go of the parent's slot after a fork, without unlocking it."""
        self._lock = threading.Lock()
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._slot, self._descriptor = "", -1
