"""Django's PostgreSQL backend, made to survive restarts and outages of the server.

Set ``"ENGINE": "sessions_api.databases.postgresql"``. It needs psycopg 3, and works with a
connection pool or with persistent connections.

- A connection that the server has closed is replaced before it is used. Polling its socket takes
  1 µs; the empty query of the pool's own check takes 70. (The statement of every request does not
  check: :mod:`killswitches.prepared` retries on a new connection if one is lost.)
- While the server is unavailable, requests fail fast. One attempt per second finds out when it is
  available again.
- After an error, a connection to a server that has become read-only is replaced, and all others of
  the pool with it, because another server has taken over. For each connection, the server's name is
  resolved again and, if ``HOST`` lists several servers, the first is used that is available and
  writable (with ``target_session_attrs=read-write`` in ``OPTIONS``).

In ``OPTIONS["pool"]``, which needs psycopg-pool 3.3, set ``timeout`` to about 0.1 seconds. After
that time the backend looks whether the pool can connect at all; if so, a request waits for up to
:data:`POOL_TIMEOUT` seconds. Set ``reconnect_timeout`` to 0, because the pool would otherwise retry
at growing intervals.
"""

import logging
import select
import time
from typing import TYPE_CHECKING

from django.db.backends.postgresql import base

from sessions_api.databases.circuit_breaker import CircuitBreaker

if TYPE_CHECKING:
    from psycopg import Connection

logger = logging.getLogger("sessions_api.databases.postgresql")

#: Seconds that a request waits for a connection of the pool.
POOL_TIMEOUT = 2.0

#: Seconds between two attempts to connect to an unavailable server.
RETRY_SECONDS = 1.0

_breakers: dict[str, CircuitBreaker] = {}
#: When the pool of a database was last emptied, on the monotonic clock.
_drained: dict[str, float] = {}


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params: dict[str, object]) -> "Connection":
        breaker = _breakers.get(self.alias) or _breakers.setdefault(
            self.alias, CircuitBreaker(RETRY_SECONDS)
        )
        if not breaker.may_try():
            raise self.Database.OperationalError("the server was unavailable a moment ago")
        try:
            connection = self._from_pool(conn_params) if self.pool else self._connect(conn_params)
        except self.Database.OperationalError as error:
            if breaker.failed():
                logger.error(
                    "Could not connect to the database %r: %s", self.alias, _in_one_line(error)
                )
            raise
        if breaker.succeeded():
            logger.warning("The database %r is available again.", self.alias)
        return connection

    def is_usable(self) -> bool:
        if self.connection is None:
            return False
        if not (self.errors_occurred or _has_hung_up(self.connection)):
            return True
        try:
            with self.connection.cursor() as cursor:
                cursor.execute("SHOW transaction_read_only")
                is_writable = bool(cursor.fetchone() == ("off",))
        except self.Database.Error:
            return False
        if not is_writable and self.pool:
            self._drain_pool()
        return is_writable

    def rollback(self) -> None:
        """Roll back, and have the connection checked at the end of the request nevertheless.

        Django forgets the errors of a transaction that was rolled back, also that the server has
        become read-only.
        """
        errors_occurred = self.errors_occurred
        super().rollback()
        self.errors_occurred = errors_occurred

    def _drain_pool(self) -> None:
        """Have the pool replace all of its connections, at most once per :data:`RETRY_SECONDS`.

        Django's ``close()`` only returns a connection to its pool, which would keep it as long as
        the process runs. A server may also stay read-only, and must not be made to replace all
        connections at every error.
        """
        now = time.monotonic()
        if now - _drained.get(self.alias, -RETRY_SECONDS) >= RETRY_SECONDS:
            _drained[self.alias] = now
            logger.warning("The database %r is read-only; connecting anew.", self.alias)
            self.pool.drain()

    def _connect(self, conn_params: dict[str, object]) -> "Connection":
        connection: Connection = super().get_new_connection(conn_params)
        return connection

    def _from_pool(self, conn_params: dict[str, object]) -> "Connection":
        from psycopg_pool import PoolTimeout

        deadline = time.monotonic() + POOL_TIMEOUT
        while True:
            try:
                connection = self._connect(conn_params)
            except PoolTimeout:
                # An empty pool cannot connect to the server.
                if not self.pool.get_stats().get("pool_size") or time.monotonic() > deadline:
                    raise
                continue
            if not _has_hung_up(connection):
                return connection
            # The pool replaces closed connections.
            connection.close()
            self.pool.putconn(connection)


def _has_hung_up(connection: "Connection") -> bool:
    """Return True if the server has closed an idle connection, or is about to.

    It sends nothing else on an idle connection, so a readable socket means just that.
    """
    if connection.closed:
        return True
    look = select.poll()
    look.register(connection.fileno(), select.POLLIN)
    return bool(look.poll(0))


def _in_one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:500]
