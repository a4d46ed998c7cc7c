"""On PostgreSQL: actions that wait for the lock on an account while something else happens."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from django.db import connection, connections, transaction

from sessions_api.accounts.lookup import lock

#: The timeout, in seconds, for an action to start waiting, and then for it to finish.
TIMEOUT = 10

Action = Callable[[], Any]
#: See the fixture ``before_the_lock``, which needs no second connection.
BeforeTheLock = Callable[[Callable[[], object]], None]


def held_up(
    action: Action,
    meanwhile: Callable[[Any], None],
    user: Any,
    hold: Callable[[Any], Any] = lock,
) -> Any:
    """Run an action that waits for a user's account, and return its result.

    :param meanwhile: changes the user, whose row is locked, while the action waits.
    :param hold: locks something else that the action waits for.
    """
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            hold(user)
            future = pool.submit(run, action)
            wait_until_it_waits(future)
            meanwhile(user)
        return future.result(timeout=TIMEOUT)


def run(action: Action) -> Any:
    try:
        return action()
    finally:
        connections.close_all()


def wait_until_it_waits(future: "Future[Any]") -> None:
    """Wait until another connection is blocked by a lock of this one.

    :raises AssertionError: the action has finished, or does not wait.
    """
    # Not pg_stat_activity, because a transaction only sees its first snapshot.
    waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND %s = ANY(pg_blocking_pids(pid))"
    end = time.monotonic() + TIMEOUT
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        own = cursor.fetchone()
        while time.monotonic() < end and not future.done():
            cursor.execute(waiting, own)
            if cursor.fetchone()[0]:
                return
            time.sleep(0.01)
    raise AssertionError(
        f"The action did not wait: {future.result().content if future.done() else ''}"
    )
