"""The clients of :mod:`tests.servers.traffic`, in a process of their own."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.cast import PASSWORD

SCRIPT = Path(__file__).with_name("traffic.py")


@dataclass
class Load:
    """What the clients report at the end."""

    completed: dict[str, int] = field(default_factory=dict)
    longest: float = 0.0
    failed: list[str] = field(default_factory=list)

    def assert_served(self) -> None:
        """Assert that no request failed, and that each journey was completed several times."""
        assert self.failed == []
        assert self.completed
        assert all(times >= 2 for times in self.completed.values()), self.completed


@contextmanager
def load(url: str, *journeys: str, command: Sequence[str] = ()) -> Iterator[Load]:
    """Run journeys against a service within the block, and yield what they report after it.

    Each is completed at least once before the block, and begun again after it.

    :param url: the address of the proxy.
    :param command: the whole command line, if it is not run on this machine.
    """
    process = subprocess.Popen(
        command or [sys.executable, str(SCRIPT), url, PASSWORD, *journeys],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    found = Load()
    try:
        assert process.stdout
        assert process.stdout.readline()
        yield found
    finally:
        output, _ = process.communicate(timeout=120)
    vars(found).update(json.loads(output))
