"""The background thread of a server process that sends notices."""

import atexit
import logging
import os
import threading

from django.db import connections
from django.utils import timezone

from sessions_api.databases.outages import NowAndThen, describe
from sessions_api.notices.services.delivery import next_due, send_due

logger = logging.getLogger("sessions_api.notices.background")
logger.addFilter(NowAndThen())

#: Seconds after which the thread looks again for notices that other processes left unsent.
INTERVAL = 60.0
#: Seconds that the exit of a process waits for the mail that is being sent.
EXIT_SECONDS = 10.0


class Sender:
    """The thread, which starts when it is first needed and lasts as long as the process.

    :param make_thread: the class of the thread.
    :ivar is_on: whether it may start. Tests turn it off.
    """

    def __init__(self, make_thread: type[threading.Thread] = threading.Thread) -> None:
        self._make_thread = make_thread
        self.is_on = True
        self.reset()

    def reset(self) -> None:
        """Discard all state, which a forked process must do: it has no thread."""
        self._lock = threading.Lock()
        self._woken = threading.Event()
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def wake(self) -> None:
        """Have the thread send what is due now. This neither fails nor waits for it."""
        if not self.is_on or self._stopped.is_set():
            return
        self._woken.set()
        with self._lock:
            if self._thread is None:
                thread = self._make_thread(target=self._work, name="notices", daemon=True)
                try:
                    thread.start()
                except RuntimeError as error:  # too many threads, or the process is ending
                    logger.error("Could not start to send notices: %s", error)
                else:
                    self._thread = thread

    def stop(self) -> None:
        """Let the thread finish the mail that it is sending, and end."""
        self._stopped.set()
        self._woken.set()
        if self._thread is not None:
            self._thread.join(EXIT_SECONDS)

    def _work(self) -> None:
        while not self._stopped.is_set():
            self._woken.clear()
            try:
                pause = self._send()
            # The thread outlives every outage of the database.
            except Exception as error:
                logger.error("Could not look for notices to be sent: %s", describe(error))
                pause = INTERVAL
            self._woken.wait(pause)

    def _send(self) -> float:
        """Send what is due. Return the number of seconds until the next attempt."""
        try:
            # Requests may need the connection while the mail server takes its time.
            outcome = send_due(self._stopped.is_set, before_mail=connections.close_all)
            due = next_due()
        finally:
            connections.close_all()
        if due is None or outcome.is_cut_short:
            return INTERVAL
        return max(1.0, min(INTERVAL, (due - timezone.now()).total_seconds()))


_sender = Sender()


def sender() -> Sender:
    """Return the sender of this process."""
    return _sender


atexit.register(lambda: _sender.stop())
if hasattr(os, "register_at_fork"):  # missing on Windows, which cannot fork
    os.register_at_fork(after_in_child=lambda: _sender.reset())
