"""Password hashing that leaves processor and memory to everybody else.

A hash costs a fifth of a second of all cores and a hundred megabytes, and anybody may ask for one
by trying to log in. So each process makes few at a time, in threads of its own that run at a low
priority; a few more wait in line for a short while, and whoever finds no slot there, or waits in
vain, is refused before their hash has begun.
"""

import math
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from typing import TypeVar

from django.core.signals import setting_changed
from django.dispatch import receiver

from sessions_api.conf import SETTINGS_NAME, ApiSettings, api_settings
from sessions_api.exceptions import Overloaded

Result = TypeVar("Result")

#: What the threads that hash add to their niceness. Argon2 runs eight lanes for each of them, so
#: where requests want all of two cores, the hashes of two processes still get about a tenth.
NICENESS = 19


class HashingQueue:
    """The slots of one process in which hashes are made, and those in which they are waited for.

    :param settings: ``HASHING_CONCURRENCY``, ``HASHING_QUEUE_LENGTH`` and
        ``HASHING_QUEUE_TIMEOUT``.
    """

    def __init__(self, settings: ApiSettings) -> None:
        self._patience = settings.HASHING_QUEUE_TIMEOUT
        self._free_slots = settings.HASHING_CONCURRENCY + settings.HASHING_QUEUE_LENGTH
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(
            settings.HASHING_CONCURRENCY, thread_name_prefix="hashing", initializer=_begin_thread
        )

    def run(self, work: Callable[..., Result], *args: object) -> Result:
        """What ``work(*args)`` returns, once its turn has come.

        :raises Overloaded: no slot was free, or its turn did not come in time; it never began.
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
        """What work that came now would be refused with; None while a slot is free."""
        return None if self._free_slots else self._overloaded()

    def _await(self, future: Future[Result]) -> Result:
        try:
            return future.result(self._patience)
        except TimeoutError:
            # One that has begun is nearly done, and its work would be lost.
            if future.cancel():
                raise self._overloaded() from None
        try:
            return future.result()
        except CancelledError:  # the process is ending
            raise self._overloaded() from None

    def _overloaded(self) -> Overloaded:
        return Overloaded(retry_after=math.ceil(self._patience))

    def close(self) -> None:
        """Let what has begun be finished, and take no more."""
        self._pool.shutdown(wait=False)


def run_queued(work: Callable[..., Result], *args: object) -> Result:
    """What ``work(*args)`` returns, made in the :class:`HashingQueue` of this process.

    Work that is itself part of such work, as the parts of one hash are, takes no further slot.

    :raises Overloaded: see :meth:`HashingQueue.run`.
    """
    if getattr(_this_thread, "hashes", False):
        return work(*args)
    return _queue().run(work, *args)


def refusal() -> Overloaded | None:
    """What a hash that began now would be refused with; None while a slot is free.

    It takes no slot, so a hash that begins later may be refused nevertheless.
    """
    return _current.refusal() if _current else None


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
    if sys.platform == "linux":  # where a thread has a niceness of its own, which its children take
        thread = threading.get_native_id()
        niceness = os.getpriority(os.PRIO_PROCESS, thread)
        os.setpriority(os.PRIO_PROCESS, thread, niceness + NICENESS)


def _forget() -> None:
    """A forked process has none of its parent's threads."""
    global _current, _lock
    _current, _lock = None, threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)


@receiver(setting_changed)
def _begin_anew(*, setting: str, **kwargs: object) -> None:
    global _current
    if setting == SETTINGS_NAME:
        with _lock:
            if _current:
                _current.close()
            _current = None
