"""Deeds that wait for an account while something else is done to it, by PostgreSQL's real locks."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from django.db import connection, connections, transaction

from sessions_api.accounts.lookup import lock

#: Seconds until a request that ought to be waiting has given itself away.
PATIENCE = 10

Deed = Callable[[], Any]


def held_up(deed: Deed, meanwhile: Callable[[Any], None], user: Any) -> Any:
    """What a deed comes to that waits for the account until something else is done to it."""
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            lock(user)
            future = pool.submit(run, deed)
            wait_until_it_waits(future)
            meanwhile(user)
        return future.result(timeout=PATIENCE)


def run(deed: Deed) -> Any:
    try:
        return deed()
    finally:
        connections.close_all()


def wait_until_it_waits(future: "Future[Any]") -> None:
    # Of pg_stat_activity a transaction sees only what was there when it first looked.
    waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND %s = ANY(pg_blocking_pids(pid))"
    end = time.monotonic() + PATIENCE
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        own = cursor.fetchone()
        while time.monotonic() < end and not future.done():
            cursor.execute(waiting, own)
            if cursor.fetchone()[0]:
                return
            time.sleep(0.01)
    raise AssertionError(f"It does not wait: {future.result().content if future.done() else ''}")
