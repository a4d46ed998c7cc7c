"""Faults of PostgreSQL, from a restart to a failover."""

import contextlib
import os
import signal
import subprocess
import time

import psycopg

from tests.faults.client import Outcome
from tests.faults.fault import Fault, Strike
from tests.faults.world import World
from tests.outages.postgresql import DATABASE, ROLE, PostgreSQL, children
from tests.processes.server import wait_for

UNAVAILABLE = frozenset({Outcome.UNAVAILABLE})
#: How far the asynchronous standby lags behind, in seconds.
LAG = 3.0


def killed(world: World) -> Strike:
    world.primary.kill()
    yield
    world.primary.start()


def restarted(world: World) -> Strike:
    world.primary.restart()
    yield


def read_only(world: World) -> Strike:
    with world.primary.configured("default_transaction_read_only", "on"):
        yield


def disk_full(world: World) -> Strike:
    """No space is left, not even for the write-ahead log, which ends the server."""
    assert world.disk, "See _lacks_disk()."
    ballast = world.disk / "ballast"
    with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"\0" * (1 << 16))
    with contextlib.suppress(psycopg.Error), world.primary.connect() as connection:
        # As many as the server keeps in reserve, and more.
        for _ in range(20):
            connection.execute("SELECT pg_logical_emit_message(true, '', ''), pg_switch_wal()")
    yield
    ballast.unlink()
    wait_for(lambda: _accepts(world.primary))


def locked(world: World) -> Strike:
    with world.primary.connect(DATABASE) as connection, connection.transaction():
        connection.execute("LOCK TABLE sessions_api_usersession IN ACCESS EXCLUSIVE MODE")
        yield


def out_of_connections(world: World) -> Strike:
    world.primary.execute(f"ALTER ROLE {ROLE} CONNECTION LIMIT 0")
    world.primary.end_connections()
    yield
    world.primary.execute(f"ALTER ROLE {ROLE} CONNECTION LIMIT -1")


def standby_stopped(world: World) -> Strike:
    """A synchronous standby does not respond, so that commits wait for it."""
    world.primary.replicate(synchronously=True)
    _wait_for_standby(world, "sync")
    processes = [world.standby.pid, *children(world.standby.pid)]
    for process in processes:
        os.kill(process, signal.SIGSTOP)
    yield
    for process in processes:
        os.kill(process, signal.SIGCONT)
    world.primary.replicate(synchronously=False)


def failed_over(world: World) -> Strike:
    world.primary.replicate(synchronously=True)
    _wait_for_standby(world, "sync")
    time.sleep(1)
    began = time.monotonic()
    world.primary.kill()
    _promote_standby(world)
    yield began


def failed_over_with_lag(world: World) -> Strike:
    """The primary is killed while its standby has not received the last seconds."""
    _wait_for_standby(world, "async")
    [receiver] = [one for one in children(world.standby.pid) if _is_receiver(one)]
    os.kill(receiver, signal.SIGSTOP)
    time.sleep(LAG)
    began = time.monotonic()
    world.primary.kill()
    # What the stopped process has not read goes with it.
    os.kill(receiver, signal.SIGKILL)
    _promote_standby(world)
    yield began


def _lacks_disk(world: World) -> str:
    return "" if world.disk else "the right to mount a small disk"


def _accepts(server: PostgreSQL) -> bool:
    """Return whether a server accepts connections. One that has ended is started."""
    if not server.is_running():
        with contextlib.suppress(subprocess.CalledProcessError):
            server.start()
    with contextlib.suppress(psycopg.Error), server.connect():
        return True
    return False


def _promote_standby(world: World) -> None:
    """Promote the standby of a primary that was killed, and add another standby."""
    old, world.primary = world.primary, world.standby
    world.primary.promote()
    world.replace_standby(old)


def _wait_for_standby(world: World, state: str) -> None:
    def is_connected() -> bool:
        with world.primary.connect() as connection:
            rows = connection.execute("SELECT sync_state FROM pg_stat_replication").fetchall()
        return (state,) in rows

    wait_for(is_connected)


def _is_receiver(pid: int) -> bool:
    with open(f"/proc/{pid}/cmdline") as command:
        return "walreceiver" in command.read()


FAULTS = [
    Fault("PostgreSQL killed", killed, UNAVAILABLE),
    Fault("PostgreSQL restarted", restarted, UNAVAILABLE, lasts=False),
    Fault("PostgreSQL read-only", read_only, UNAVAILABLE),
    Fault("PostgreSQL's disk full", disk_full, UNAVAILABLE, lacks=_lacks_disk),
    Fault("the table of sessions locked", locked, UNAVAILABLE),
    Fault("PostgreSQL out of connections", out_of_connections, UNAVAILABLE),
    Fault("a synchronous standby stopped", standby_stopped, UNAVAILABLE),
    Fault("failover to a synchronous standby", failed_over, UNAVAILABLE, lasts=False),
    Fault(
        "failover to an asynchronous standby, 3 s behind",
        failed_over_with_lag,
        UNAVAILABLE,
        lasts=False,
        loses=True,
    ),
]
