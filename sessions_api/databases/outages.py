"""Telling an unavailable database from an error in the code.

A database is unavailable while its server refuses connections, does not answer, starts up or shuts
down, has run out of connections, space or memory, cannot get a lock, or is read-only. The request
and the code are both right then, and the same request succeeds later.
"""

import logging
import time
from collections.abc import Iterator

from django.db import Error, InterfaceError, OperationalError

logger = logging.getLogger("sessions_api.databases.outages")

#: Seconds after which clients should retry. Most restarts are over by then.
RETRY_AFTER = 5

#: Classes of PostgreSQL's error codes (SQLSTATE): connection exception, insufficient resources,
#: operator intervention, system error.
_CLASSES = frozenset({"08", "53", "57", "58"})
#: Further codes: read-only transaction, transaction timeouts, lock not available.
_STATES = frozenset({"25006", "25P03", "25P04", "55P03"})
#: SQLite's primary result codes: busy, locked, out of memory, read-only, I/O error, disk full,
#: cannot open, locking protocol.
_SQLITE_CODES = frozenset({5, 6, 7, 8, 10, 13, 14, 15})


class NowAndThen(logging.Filter):
    """A filter that passes each message at most once per period, whatever its arguments.

    During an outage every request fails, and one line is enough.

    :param seconds: the length of the period.
    """

    def __init__(self, seconds: float = 30) -> None:
        super().__init__()
        self._seconds = seconds
        self._next: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        now = time.monotonic()
        if now < self._next.get(record.msg, 0):
            return False
        self._next[record.msg] = now + self._seconds
        return True


logger.addFilter(NowAndThen())


def is_unavailable(exception: BaseException | None) -> bool:
    """Return True if an exception, or one of its causes, means that a database is unavailable."""
    return any(_says_unavailable(error) for error in _chain(exception))


def log_outage(exception: BaseException) -> None:
    """Log that requests fail because the database is unavailable, at most once in 30 seconds."""
    logger.error("Could not serve requests without the database: %s", describe(exception))


def describe(exception: BaseException) -> str:
    """Return the type of the driver's error and the first line of its text.

    The further lines may contain values of a row, which do not belong in a log.
    """
    error = list(_chain(exception))[-1]
    line = next(iter(str(error).splitlines()), "")
    return f"{type(error).__name__}: {line[:300]}"


def _chain(exception: BaseException | None) -> Iterator[BaseException]:
    while exception is not None:
        yield exception
        exception = exception.__cause__


def _says_unavailable(error: BaseException) -> bool:
    if not isinstance(error, Error):
        return False
    driver = error.__cause__
    if (code := getattr(driver, "sqlite_errorcode", None)) is not None:
        return code & 0xFF in _SQLITE_CODES
    if state := getattr(driver, "sqlstate", None) or getattr(driver, "pgcode", None):
        return state in _STATES or state[:2] in _CLASSES
    # The server's errors all have a code. Without one, the driver has not reached the server.
    return isinstance(error, InterfaceError | OperationalError)
