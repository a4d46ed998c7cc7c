"""Background threads of a server process, for work that is stored in the database."""

import atexit
import logging
import os
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from django.core.handlers.base import BaseHandler
from django.db import connections
from django.utils import timezone

from sessions_api.databases.outages import NowAndThen, describe

logger = logging.getLogger("sessions_api.background")
logger.addFilter(NowAndThen())

#: Seconds after which a thread looks again for work that other processes left undone.
INTERVAL = 60.0
#: Seconds that the exit of a process waits for the piece of work that is being done.
EXIT_SECONDS = 10.0

#: The package of the handlers of Django's test clients.
OF_TESTS = "django.test."

#: Does what is due. It gets a function that returns whether to end early, and returns when more is
#: due, or None if nothing is, or if it is better to wait for :data:`INTERVAL`.
Work = Callable[[Callable[[], bool]], datetime | None]


class BackgroundThread:
    """A thread that starts when it is first needed and lasts as long as the process.

    :param name: the name of the thread.
    :param what: what it does, for the log: "send notices".
    :param work: see :data:`Work`.
    :param make_thread: the class of the thread.
    :ivar is_on: whether it may start. Tests turn it off.
    """

    def __init__(
        self,
        name: str,
        what: str,
        work: Work,
        make_thread: type[threading.Thread] = threading.Thread,
    ) -> None:
        self._name, self._what, self._work = name, what, work
        self._make_thread = make_thread
        self.is_on = True
        self.reset()
        _threads.add(self)

    def reset(self) -> None:
        """Discard all state, which a forked process must do: it has no thread."""
        self._lock = threading.Lock()
        self._woken = threading.Event()
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def wake(self) -> None:
        """Have the thread do what is due now. This neither fails nor waits for it."""
        if not self.is_on or self._stopped.is_set():
            return
        self._woken.set()
        with self._lock:
            if self._thread is None:
                thread = self._make_thread(target=self._run, name=self._name, daemon=True)
                try:
                    thread.start()
                except RuntimeError as error:  # too many threads, or the process is ending
                    logger.error("Could not start to %s: %s", self._what, error)
                else:
                    self._thread = thread

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Do not start the thread in this block, which does the work itself."""
        was_on, self.is_on = self.is_on, False
        try:
            yield
        finally:
            self.is_on = was_on

    def stop(self) -> None:
        """Let the thread finish the piece of work that it is doing, and end."""
        self._stopped.set()
        self._woken.set()
        if self._thread is not None:
            self._thread.join(EXIT_SECONDS)

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._woken.clear()
            try:
                pause = self._do_work()
            # The thread outlives every outage of the database.
            except Exception as error:
                logger.error("Could not %s: %s", self._what, describe(error))
                pause = INTERVAL
            self._woken.wait(pause)

    def _do_work(self) -> float:
        """Do what is due. Return the number of seconds until the next attempt."""
        try:
            due = self._work(self._stopped.is_set)
        finally:
            connections.close_all()
        if due is None:
            return INTERVAL
        return max(1.0, min(INTERVAL, (due - timezone.now()).total_seconds()))


_threads: "weakref.WeakSet[BackgroundThread]" = weakref.WeakSet()


def is_server(handler: object) -> bool:
    """Return whether the sender of ``request_started`` is a server, and no client of tests."""
    is_handler = isinstance(handler, type) and issubclass(handler, BaseHandler)
    return is_handler and not handler.__module__.startswith(OF_TESTS)


def _stop_all() -> None:
    for thread in list(_threads):
        thread.stop()


def _reset_all() -> None:
    for thread in list(_threads):
        thread.reset()


atexit.register(_stop_all)
if hasattr(os, "register_at_fork"):  # missing on Windows, which cannot fork
    os.register_at_fork(after_in_child=_reset_all)
