"""A circuit breaker: nobody waits again for what has just failed."""

import threading
import time

#: Seconds after which an attempt counts as failed, though nobody has said so.
LONGEST_ATTEMPT = 10.0


class CircuitBreaker:
    """Closed while all is well; open after a failure, but for one attempt at a time. Threads share
    it.

    :param retry_seconds: how long after a failure the next attempt is let through.
    """

    def __init__(self, retry_seconds: float) -> None:
        self._retry_seconds = retry_seconds
        self._lock = threading.Lock()
        #: By the monotonic clock; None: all is well.
        self._retry_at: float | None = None

    def may_try(self) -> bool:
        """Whether to try. Whoever may then says how it went."""
        if self._retry_at is None:
            return True
        with self._lock:
            now = time.monotonic()
            if self._retry_at is not None:
                if now < self._retry_at:
                    return False
                self._retry_at = now + LONGEST_ATTEMPT
            return True

    def failed(self) -> bool:
        """Open it; True from the first who does."""
        with self._lock:
            first = self._retry_at is None
            self._retry_at = time.monotonic() + self._retry_seconds
        return first

    def succeeded(self) -> bool:
        """Close it; True from the first who does after a failure."""
        if self._retry_at is None:
            return False
        with self._lock:
            first = self._retry_at is not None
            self._retry_at = None
        return first
