"""What is read at a scrape: the parts of the service, and numbers from the database."""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator

from django.db import Error, router
from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from killswitches.gate import switches_on
from killswitches.registry import registry as switches
from sessions_api import __version__
from sessions_api.databases.outages import NowAndThen, describe
from sessions_api.databases.timeouts import time_limited
from sessions_api.health.parts import NECESSARY, REPLACEABLE
from sessions_api.health.readiness import monitor
from sessions_api.metrics import definitions
from sessions_api.models import UserSession
from sessions_api.services.session_counts import count_active_sessions
from sessions_api.services.undone_work import kinds_of_work

logger = logging.getLogger("sessions_api.metrics.readings")
logger.addFilter(NowAndThen())

#: Seconds for which numbers from the database are kept, however often they are asked for.
KEPT_SECONDS = 5.0
#: Seconds that PostgreSQL may take for each statement.
STATEMENT_SECONDS = 1.0


class Readings(Collector):
    """Reads these metrics. Never fails: what cannot be read is missing, and another metric says so.

    :param processes: returns the number of running processes that share their counts.
    """

    def __init__(self, processes: Callable[[], int]) -> None:
        self._processes = processes
        self._lock = threading.Lock()
        self._kept: list[Metric] = []
        self._until = 0.0

    def collect(self) -> Iterable[Metric]:
        """Return the metrics. Of several simultaneous scrapes, one reads the database."""
        yield _family(definitions.PROCESSES, [((), self._processes())])
        yield _family(definitions.BUILD, [((__version__,), 1)])
        with self._lock:
            if time.monotonic() >= self._until:
                self._kept = list(_read())
                self._until = time.monotonic() + KEPT_SECONDS
            yield from self._kept

    def forget(self) -> None:
        """Forget what has been read, so that the next scrape reads it again."""
        self._until = 0.0


def _read() -> Iterator[Metric]:
    failing = monitor.readiness().failing
    parts = [((part,), part not in failing) for part in NECESSARY | REPLACEABLE]
    yield _family(definitions.PARTS, parts)
    is_up = "database" not in failing
    states: list[tuple[tuple[str, ...], float]] = []
    for name, read in READINGS.items():
        # Each attempt to connect could wait.
        found = _try(read) if is_up else None
        states.append(((name,), found is not None))
        if found is not None:
            yield found
    yield _family(definitions.READINGS, states)


def _try(read: Callable[[], Metric]) -> Metric | None:
    try:
        # The primary database, and a replica if there is one.
        aliases = {router.db_for_write(UserSession), router.db_for_read(UserSession)}
        with time_limited(aliases, STATEMENT_SECONDS):
            return read()
    except Error as error:
        logger.warning("Could not read a metric from the database: %s", describe(error))
        return None


def _active_sessions() -> Metric:
    return _family(definitions.ACTIVE_SESSIONS, [((), count_active_sessions().number)])


def _switches() -> Metric:
    found = switches_on()
    states = [((switch.name,), switch in found) for switch in switches]
    return _family(definitions.SWITCHES, states)


def _undone_work() -> Metric:
    now = timezone.now()
    oldest = {name: source() for name, source in kinds_of_work().items()}
    ages = [
        ((name,), max(0.0, (now - since).total_seconds()) if since else 0.0)
        for name, since in oldest.items()
    ]
    return _family(definitions.UNDONE_WORK, ages)


READINGS: dict[str, Callable[[], Metric]] = {
    "active_sessions": _active_sessions,
    "kill_switches": _switches,
    "undone_work": _undone_work,
}


def _family(
    metric: definitions.Metric, samples: Iterable[tuple[tuple[str, ...], float]]
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(metric.name, metric.meaning, labels=metric.labels)
    for labels, value in samples:
        family.add_metric(labels, float(value))
    return family
