"""A circuit breaker: after a failure, callers fail fast and do not wait for the next one."""

import threading
import time

#: Seconds after which an attempt without a reported outcome counts as failed.
LONGEST_ATTEMPT = 10.0


class CircuitBreaker:
    """A circuit that opens after a failure and then lets one attempt through at a time.

    Thread-safe.

    :param retry_seconds: seconds between a failure and the next attempt.
    """

    def __init__(self, retry_seconds: float) -> None:
        self._retry_seconds = retry_seconds
        self._lock = threading.Lock()
        #: On the monotonic clock; None while the circuit is closed.
        self._retry_at: float | None = None

    def may_try(self) -> bool:
        """Return True if the caller may try; it must report the outcome then."""
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
        """Open the circuit. Return True if it was closed before."""
        with self._lock:
            first = self._retry_at is None
            self._retry_at = time.monotonic() + self._retry_seconds
        return first

    def succeeded(self) -> bool:
        """Close the circuit. Return True if it was open before."""
        if self._retry_at is None:
            return False
        with self._lock:
            first = self._retry_at is not None
            self._retry_at = None
        return first
