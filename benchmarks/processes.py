"""The resource usage of processes, from Linux's ``/proc``."""

import os
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
TICKS = os.sysconf("SC_CLK_TCK")
KIBIBYTES = 1024


@dataclass(frozen=True)
class Process:
    """A process.

    :param pid: its id.
    :param group: the id of its process group.
    :param cpu: its CPU seconds, in user and kernel mode.
    :param resident: its resident memory, in mebibytes.
    :param peak: the maximum of its resident memory so far, in mebibytes.
    """

    pid: int
    group: int
    cpu: float
    resident: float
    peak: float


def group(leader: int) -> list[Process]:
    """Return the living processes of a process group."""
    numbers = (int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit())
    return [one for number in numbers if (one := read(number)) and one.group == leader]


def cpu_seconds(leader: int) -> float:
    """Return the CPU seconds that the processes of a group have used so far."""
    return sum(process.cpu for process in group(leader))


def read(pid: int) -> Process | None:
    """Return a process, or None if it has ended or is ending."""
    try:
        stat = (PROC / str(pid) / "stat").read_text()
        status = (PROC / str(pid) / "status").read_text()
    except OSError:
        return None
    # The name, in parentheses, may contain spaces and parentheses.
    fields = stat.rpartition(")")[2].split()
    lines = dict(line.split(":", 1) for line in status.splitlines())
    if "VmRSS" not in lines:
        return None
    return Process(
        pid=pid,
        group=int(fields[2]),
        cpu=(int(fields[11]) + int(fields[12])) / TICKS,
        resident=int(lines["VmRSS"].split()[0]) / KIBIBYTES,
        peak=int(lines["VmHWM"].split()[0]) / KIBIBYTES,
    )
