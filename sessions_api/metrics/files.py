"""The files of a folder in which the library keeps the values of processes.

A process that is killed may leave a damaged file, and other things may lie in the folder.
"""

import logging
import os
import re
import struct
from collections.abc import Iterable
from pathlib import Path

from prometheus_client.core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from sessions_api.databases.outages import NowAndThen

logger = logging.getLogger("sessions_api.metrics.files")
logger.addFilter(NowAndThen())

#: As the library names them. Another ``.db`` may be somebody's database.
_NAME = re.compile(r"(counter|histogram|summary|gauge_[a-z]+)_([0-9]+)\.db")

#: The library's header: the number of bytes that are in use, and padding.
_USED = struct.Struct("i4x")


def files_in(folder: Path, slot: int | None = None) -> list[Path]:
    """Return the files of all slots, or of one."""
    named = [(path, _NAME.fullmatch(path.name)) for path in folder.glob("*.db")]
    return [path for path, name in named if name and slot in (None, int(name[2]))]


def discard_damaged(folder: Path, slot: int) -> None:
    """Remove the files of a slot that the library could not continue."""
    for path in files_in(folder, slot):
        if not _is_intact(path):
            logger.error("Removed a damaged file of METRICS_DIR, with what it counted: %s", path)
            path.unlink()


def allocate(path: Path, size: int) -> None:
    """Write a file in full, unless it is that large."""
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW
    with open(os.open(path, flags, 0o600), "ab") as file:
        file.write(bytes(max(0, size - os.fstat(file.fileno()).st_size)))


class FilesCollector(Collector):
    """Adds up the values of all files of a folder, except for damaged ones."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def collect(self) -> Iterable[Metric]:
        # Others, such as a named pipe, could block whoever opens them.
        found = [path for path in files_in(self._folder) if _is_regular(path)]
        try:
            return _sums(found)
        except Exception:
            # Or a file has just been removed by the process that takes its slot.
            intact = [path for path in found if _is_intact(path)]
            if damaged := {path for path in set(found) - set(intact) if path.exists()}:
                named = ", ".join(sorted(map(str, damaged)))
                logger.error("Left out damaged files of METRICS_DIR: %s", named)
            return _sums(intact)


def _sums(files: Iterable[Path]) -> Iterable[Metric]:
    sums: Iterable[Metric] = MultiProcessCollector.merge([str(path) for path in files])
    return sums


def _is_regular(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _is_intact(path: Path) -> bool:
    if not _is_regular(path):
        return False
    try:
        with path.open("rb") as file:
            [used] = _USED.unpack(file.read(_USED.size))
        # The library has not used a file of zeros yet.
        if used != 0 and not _USED.size <= used <= path.stat().st_size:
            return False
        _sums([path])
    except Exception:
        return False
    return True
