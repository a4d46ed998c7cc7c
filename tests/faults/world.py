"""What faults happen to: PostgreSQL with a standby, Redis, and the service, all of them private.

The service is gunicorn with two workers, as the manual starts it.
"""

import contextlib
import itertools
import os
import secrets
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.faults import accounts
from tests.faults.client import Journal
from tests.faults.ledger import Ledger
from tests.faults.load import PAUSE, Load
from tests.outages.postgresql import DATABASE, ROLE, PostgreSQL, children, running
from tests.outages.redis_server import Server as Redis
from tests.processes.server import LOOPBACK, PROBES, Address, Server, environment, wait_for
from tests.servers import recipes

#: Far above the load, so that every request is counted and none is refused.
RATES = (
    *("GENERAL", "BURST", "LOGIN", "OLDER_LOGIN", "ADMIN_LOGIN", "SCOPED_SESSION"),
    *("WRONG_PASSWORDS", "WRONG_ANSWERS"),
)
#: The size of the disk of the primary, which one of the faults fills.
DISK = 500 << 20


class World:
    """The servers, which the faults replace.

    :param stack: ends everything.
    """

    def __init__(self, stack: contextlib.ExitStack) -> None:
        self._stack = stack
        self._folders = itertools.count()
        self._folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="faults-")))
        #: Where the data of the first primary is, if it is a small disk of its own.
        self.disk: Path | None = self._small_disk()
        if self.disk:
            self.primary = PostgreSQL(self.disk)
            stack.callback(_stop, self.primary)
        else:
            self.primary = stack.enter_context(running())
        self.standby = stack.enter_context(running(self.primary))
        self.redis = Redis(self.folder())
        stack.callback(self.redis.kill)
        self._changes = self._environment()
        made = accounts.make(environment() | self._changes)
        self.addresses: list[Address] = []
        self.server = self.serve()
        self.load = Load(self.addresses, made, Ledger(), Journal())

    def folder(self) -> Path:
        folder = self._folder / str(next(self._folders))
        folder.mkdir()
        return folder

    def serve(self, address: Address | None = None) -> Server:
        """Start the service, and send requests to it.

        :param address: where it listens; by default at a new address.
        """
        serving = recipes.serving("gunicorn", self.folder(), address=address, **self._changes)
        server = self._stack.enter_context(serving)
        wait_until_ready(server)
        if server.address not in self.addresses:
            self.addresses.append(server.address)
        return server

    @contextlib.contextmanager
    def second_host(self, **changes: str) -> Iterator[None]:
        """Send half of the requests to another host within the block.

        :param changes: changes of its environment.
        """
        with recipes.serving("gunicorn", self.folder(), **self._changes | changes) as server:
            wait_until_ready(server)
            self.addresses.append(server.address)
            yield
            self.addresses.remove(server.address)
            # Until requests that were sent have been answered.
            time.sleep(PAUSE)

    def workers(self, server: Server | None = None) -> list[int]:
        """Return the process ids of the service's workers."""
        return children((server or self.server).process.pid)

    def replace_standby(self, old: PostgreSQL) -> None:
        """Have a new standby take the port of a primary that was killed."""
        self.standby = self._stack.enter_context(running(self.primary, port=old.port))

    def _environment(self) -> dict[str, str]:
        servers = ",".join(f"{LOOPBACK}:{one.port}" for one in (self.primary, self.standby))
        return {
            "DEBUG": "false",
            "SECRET_KEY": secrets.token_urlsafe(50),
            "DATABASE_URL": f"postgres://{ROLE}@{servers}/{DATABASE}?target_session_attrs=read-write",
            "CACHE_URL": f"redis://{LOOPBACK}:{self.redis.port}/0",
            "RATES": ",".join(f"{name}=1000000/300" for name in RATES),
            "LOG_LEVEL": "INFO",
        }

    def _small_disk(self) -> Path | None:
        """Mount a small disk; None where this process may not."""
        disk = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="disk-")))
        mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "disk", str(disk)]
        if os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode != 0:
            return None
        self._stack.callback(subprocess.run, ["umount", str(disk)], check=True)
        return disk


def wait_until_ready(server: Server) -> None:
    """Wait until both workers respond: gunicorn ends if one fails while it starts."""
    found: set[str | None] = set()

    def both_respond() -> bool:
        with server.connect() as connection:
            found.add(connection("GET", "/nowhere", address=PROBES).worker)
        return len(found) >= 2

    wait_for(both_respond)


def _stop(server: PostgreSQL) -> None:
    if server.is_running():
        server.stop()


@contextlib.contextmanager
def world() -> Iterator[World]:
    """Start everything, and end it after the block."""
    with contextlib.ExitStack() as stack:
        yield World(stack)
