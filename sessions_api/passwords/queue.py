"""A queue that keeps password hashing from starving other requests of CPU time and memory.

A hash takes all cores for a fifth of a second and a hundred megabytes, and anybody can cause one by
trying to log in. So each process computes few hashes at a time, in threads of low priority. A few
more wait in a queue for a short time. If no queue slot is free, or the time runs out, the request
is refused before its hash has begun.
"""

import math
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from typing import NamedTuple, TypeVar

from django.core.signals import setting_changed
from django.dispatch import receiver

from sessions_api.conf import SETTINGS_NAME, ApiSettings, api_settings
from sessions_api.exceptions import Overloaded

Result = TypeVar("Result")

#: Added to the niceness of the hashing threads. Argon2 starts eight threads for each of them, so
#: the hashes of two processes still get about a tenth of two cores that requests keep busy.
NICENESS = 19


class QueueUse(NamedTuple):
    """The use of a queue.

    :param taken: how many hashes are being computed, or wait for that.
    :param slots: the number of its slots: further hashes are refused while all are taken.
    """

    taken: int
    slots: int


class HashingQueue:
    """The hashing threads of one process, and the queue slots in which work waits for them.

    :param settings: ``HASHING_CONCURRENCY``, ``HASHING_QUEUE_LENGTH`` and
        ``HASHING_QUEUE_TIMEOUT``.
    """

    def __init__(self, settings: ApiSettings) -> None:
        self._timeout = settings.HASHING_QUEUE_TIMEOUT
        self._slots = settings.HASHING_CONCURRENCY + settings.HASHING_QUEUE_LENGTH
        self._free_slots = self._slots
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(
            settings.HASHING_CONCURRENCY, thread_name_prefix="hashing", initializer=_begin_thread
        )

    def run(self, work: Callable[..., Result], *args: object) -> Result:
        """Run ``work(*args)`` when the queue admits it, and return its result.

        :raises Overloaded: no slot was free, or the work did not begin in time.
        """
        with self._lock:
            if refusal := self.refusal():
                raise refusal
            self._free_slots -= 1
        try:
            future = self._pool.submit(work, *args)
            return self._await(future)
        finally:
            with self._lock:
                self._free_slots += 1

    def refusal(self) -> Overloaded | None:
        """Return the error that further work would raise now; None while a slot is free."""
        return None if self._free_slots else self._overloaded()

    def use(self) -> QueueUse:
        """Return the present use of the queue."""
        return QueueUse(self._slots - self._free_slots, self._slots)

    def _await(self, future: Future[Result]) -> Result:
        try:
            return future.result(self._timeout)
        except TimeoutError:
            # Work that has begun is nearly done, and is not worth throwing away.
            if future.cancel():
                raise self._overloaded() from None
        try:
            return future.result()
        except CancelledError:  # the process is shutting down
            raise self._overloaded() from None

    def _overloaded(self) -> Overloaded:
        return Overloaded(retry_after=math.ceil(self._timeout))

    def close(self) -> None:
        """Accept no more work, and let running work finish. Does not wait."""
        self._pool.shutdown(wait=False)


def run_queued(work: Callable[..., Result], *args: object) -> Result:
    """Run ``work(*args)`` in the :class:`HashingQueue` of this process and return its result.

    Nested calls, such as a hasher that is built on another one, take no further slot.

    :raises Overloaded: see :meth:`HashingQueue.run`.
    """
    if getattr(_this_thread, "hashes", False):
        return work(*args)
    return _queue().run(work, *args)


def refusal() -> Overloaded | None:
    """Return the error that hashing a password would raise now; None while a slot is free.

    It reserves no slot, so a later hash may be refused even so.
    """
    return _current.refusal() if _current else None


def use() -> QueueUse:
    """Return the present use of the queue of this process."""
    return _queue().use()


_this_thread = threading.local()
_lock = threading.Lock()
_current: HashingQueue | None = None


def _queue() -> HashingQueue:
    global _current
    with _lock:
        if _current is None:
            _current = HashingQueue(api_settings())
        return _current


def _begin_thread() -> None:
    _this_thread.hashes = True
    if sys.platform == "linux":  # niceness is per thread there, and child threads inherit it
        thread = threading.get_native_id()
        niceness = os.getpriority(os.PRIO_PROCESS, thread)
        os.setpriority(os.PRIO_PROCESS, thread, niceness + NICENESS)


def _forget() -> None:
    """Reset after a fork: the child process has none of its parent's threads."""
    global _current, _lock
    _current, _lock = None, threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)


@receiver(setting_changed)
def _reset(*, setting: str, **kwargs: object) -> None:
    global _current
    if setting == SETTINGS_NAME:
        with _lock:
            if _current:
                _current.close()
            _current = None
