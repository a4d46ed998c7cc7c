"""Which of a database's errors mean that it is away, rather than that the code is wrong.

Away is a server that refuses, does not answer, starts up or shuts down, has no connection, room or
lock to spare, or takes no writes at present. The request then is not at fault, and neither is the
code: whoever asks again later gets an answer.
"""

import logging
import time
from collections.abc import Iterator

from django.db import Error, InterfaceError, OperationalError

logger = logging.getLogger("sessions_api.databases.outages")

#: When to ask again, in seconds. Most restarts are over by then.
RETRY_AFTER = 5

#: PostgreSQL's classes of errors: connections, resources, the operator's doing, the system.
_CLASSES = frozenset({"08", "53", "57", "58"})
#: Read-only transaction, lock not available, timeouts in transactions.
_STATES = frozenset({"25006", "25P03", "25P04", "55P03"})
#: SQLite's primary codes: busy, locked, no memory, read-only, I/O error, full, cannot open,
#: locking protocol.
_SQLITE_CODES = frozenset({5, 6, 7, 8, 10, 13, 14, 15})


class NowAndThen(logging.Filter):
    """Lets each message through at most once in so many seconds, whatever stands in its gaps. Each
    request meets an outage, and one line tells of it."""

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


def is_away(exception: BaseException | None) -> bool:
    """Whether an exception, or one that it was raised from, says that a database is away."""
    return any(_says_away(error) for error in _chain(exception))


def log_outage(exception: BaseException) -> None:
    """Log that requests fail for want of the database, at most once in 30 seconds."""
    logger.error("Requests get 503, for the database is away: %s", describe(exception))


def describe(exception: BaseException) -> str:
    """The type of the driver's error and the first line of its text, which holds no values."""
    error = list(_chain(exception))[-1]
    line = next(iter(str(error).splitlines()), "")
    return f"{type(error).__name__}: {line[:300]}"


def _chain(exception: BaseException | None) -> Iterator[BaseException]:
    while exception is not None:
        yield exception
        exception = exception.__cause__


def _says_away(error: BaseException) -> bool:
    if not isinstance(error, Error):
        return False
    driver = error.__cause__
    if (code := getattr(driver, "sqlite_errorcode", None)) is not None:
        return code & 0xFF in _SQLITE_CODES
    if state := getattr(driver, "sqlstate", None) or getattr(driver, "pgcode", None):
        return state in _STATES or state[:2] in _CLASSES
    # Without a code it is no answer of a server's.
    return isinstance(error, InterfaceError | OperationalError)
