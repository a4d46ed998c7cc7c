"""Django's backend for PostgreSQL, through restarts and outages of the server.

``"ENGINE": "sessions_api.databases.postgresql"``, for psycopg 3, with a pool or with persistent
connections:

- A connection on which the server has hung up is replaced before it is used. To see that takes one
  look at its socket, 1 µs; the empty query by which the pool would check it takes 70. (What every
  request reads goes without: :mod:`killswitches.prepared` asks again where a connection is lost.)
- While the server is away requests fail at once. One attempt a second finds out when it is back.
- After an error a connection to a server that has become read-only is replaced, because another
  server has taken over. The server's name is resolved anew for each connection.

In ``OPTIONS["pool"]``, ``timeout`` is how long to wait until the pool is asked whether it can
connect at all (0.1 seconds): while it can, a request waits for up to :data:`PATIENCE` seconds.
``reconnect_timeout`` should be 0: the pool would try at ever longer intervals.
"""

import logging
import select
import time
from typing import Any

from django.db.backends.postgresql import base

from sessions_api.databases.circuit_breaker import CircuitBreaker

logger = logging.getLogger("sessions_api.databases.postgresql")

#: For how many seconds a request waits for one of the pool's connections, at most.
PATIENCE = 2.0

#: Seconds between two attempts to reach a server that is away.
RETRY_SECONDS = 1.0

_breakers: dict[str, CircuitBreaker] = {}


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params: dict[str, object]) -> Any:
        breaker = _breakers.get(self.alias) or _breakers.setdefault(
            self.alias, CircuitBreaker(RETRY_SECONDS)
        )
        if not breaker.may_try():
            raise self.Database.OperationalError("the server was away a moment ago")
        try:
            connection = self._from_pool(conn_params) if self.pool else self._connect(conn_params)
        except self.Database.OperationalError as error:
            if breaker.failed():
                logger.error("The database %r is away: %s", self.alias, _in_one_line(error))
            raise
        if breaker.succeeded():
            logger.warning("The database %r is back.", self.alias)
        return connection

    def is_usable(self) -> bool:
        if self.connection is None:
            return False
        if not (self.errors_occurred or _has_hung_up(self.connection)):
            return True
        try:
            with self.connection.cursor() as cursor:
                cursor.execute("SHOW transaction_read_only")
                return bool(cursor.fetchone() == ("off",))
        except self.Database.Error:
            return False

    def _connect(self, conn_params: dict[str, object]) -> Any:
        return super().get_new_connection(conn_params)

    def _from_pool(self, conn_params: dict[str, object]) -> Any:
        from psycopg_pool import PoolTimeout

        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                connection = self._connect(conn_params)
            except PoolTimeout:
                # Without any connection, and failing to make one.
                if not self.pool.get_stats().get("pool_size") or time.monotonic() > deadline:
                    raise
                continue
            if not _has_hung_up(connection):
                return connection
            # The pool makes another one.
            connection.close()
            self.pool.putconn(connection)


def _has_hung_up(connection: Any) -> bool:
    """Whether the server has closed a connection that is idle, or is about to: it says nothing else
    unasked."""
    if connection.closed:
        return True
    look = select.poll()
    look.register(connection.fileno(), select.POLLIN)
    return bool(look.poll(0))


def _in_one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:500]
