"""Check whether this process can serve requests, at most once a second."""

import logging
import threading
import time
from typing import NamedTuple

from django.core.signals import setting_changed
from django.dispatch import receiver

from sessions_api.conf import SETTINGS_NAME
from sessions_api.health.parts import NECESSARY, REPLACEABLE

logger = logging.getLogger("sessions_api.health")

#: Seconds for which a result is kept, so that frequent probes cost nothing.
KEPT_SECONDS = 1.0


class Readiness(NamedTuple):
    """The result of a check.

    :param ready: whether this process can serve requests.
    :param failing: the names of the parts that fail.
    """

    ready: bool
    failing: list[str]


class Monitor:
    """Checks all parts and keeps the result for a second."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._result = Readiness(True, [])
        self._until = 0.0
        self._migrated = False

    def readiness(self) -> Readiness:
        """Return whether this process can serve requests.

        Of several simultaneous probes, one checks and the others wait for its result.
        """
        with self._lock:
            if time.monotonic() >= self._until:
                result = self._check()
                if result != self._result:
                    self._report(result)
                self._result = result
                self._until = time.monotonic() + KEPT_SECONDS
            return self._result

    def forget(self) -> None:
        """Forget the result, so that the next probe checks."""
        self._until = 0.0

    def _check(self) -> Readiness:
        failing = []
        for name, check in (NECESSARY | REPLACEABLE).items():
            # Applied migrations stay applied, and comparing them takes a hundred times as long as
            # the rest. Without the database, there is nothing to compare.
            if name == "migrations" and (self._migrated or "database" in failing):
                continue
            try:
                check()
            except Exception:
                # The details may contain passwords. Failing requests log what is safe to log.
                failing.append(name)
            else:
                self._migrated |= name == "migrations"
        return Readiness(NECESSARY.keys().isdisjoint(failing), failing)

    @staticmethod
    def _report(result: Readiness) -> None:
        if result.failing:
            logger.warning("Parts of the service fail: %s", ", ".join(result.failing))
        else:
            logger.warning("All parts of the service work again.")


monitor = Monitor()


@receiver(setting_changed)
def _forget(*, setting: str, **_: object) -> None:
    if setting in {SETTINGS_NAME, "CACHES"}:
        monitor.forget()
