"""What each process counts and measures."""

import atexit
import functools
import logging
import os
import threading
import time
from collections.abc import Callable
from multiprocessing.util import Finalize
from pathlib import Path
from typing import ParamSpec

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from prometheus_client import CollectorRegistry, Counter, Gauge

from sessions_api.databases.outages import NowAndThen
from sessions_api.databases.pools import pool_use
from sessions_api.exceptions import RateLimited
from sessions_api.metrics import definitions
from sessions_api.metrics.definitions import Metric
from sessions_api.metrics.labels import OTHER, REASONS, reason_of
from sessions_api.metrics.requests import RequestMetrics
from sessions_api.metrics.workers import SharedFolder
from sessions_api.passwords import queue
from sessions_api.ratelimits.counters import counts_in_memory
from sessions_api.services.ended_sessions import EndCause

logger = logging.getLogger("sessions_api.metrics")
logger.addFilter(NowAndThen())

#: Seconds between two measurements of what changes all the time.
SAMPLING_SECONDS = 1.0

Parameters = ParamSpec("Parameters")


def never_failing(count: Callable[Parameters, None]) -> Callable[Parameters, None]:
    """Log errors of a function that counts: no request may fail because of it."""

    @functools.wraps(count)
    def count_or_log(*args: Parameters.args, **kwargs: Parameters.kwargs) -> None:
        try:
            count(*args, **kwargs)
        except Exception:
            logger.exception("Could not count. Was METRICS_DIR changed while the server runs?")

    return count_or_log


class ProcessMetrics:
    """The metrics of one process. Thread-safe.

    :param folder: where it shares them with others; None if it does not.
    :param sampling: whether a thread measures what changes all the time.
    """

    def __init__(self, folder: SharedFolder | None, *, sampling: bool = True) -> None:
        self.folder = folder
        if folder is not None:
            folder.share()
        #: The metrics, for a process that does not share them.
        self.registry = CollectorRegistry()
        self._requests = RequestMetrics(self.registry)
        self._refusals = self._counter(definitions.REFUSALS)
        self._logins = self._counter(definitions.LOGINS)
        self._failed_logins = self._counter(definitions.FAILED_LOGINS)
        self._ended_sessions = self._counter(definitions.ENDED_SESSIONS)
        self._slots_taken = self._gauge(definitions.HASHING_SLOTS_TAKEN)
        self._slots = self._gauge(definitions.HASHING_SLOTS)
        self._in_memory = self._gauge(definitions.COUNTING_IN_MEMORY)
        self._pool_connections = self._gauge(definitions.POOL_CONNECTIONS)
        self._pool_max = self._gauge(definitions.POOL_CONNECTIONS_MAX)
        self._pool_waiting = self._gauge(definitions.POOL_WAITING)
        self._begin_at_zero()
        self._samples = sampling
        self._sampler: threading.Thread | None = None
        os.register_at_fork(after_in_child=self._forget_sampler)
        atexit.register(self.count_rest)
        # granian's workers, which multiprocessing forks, end without those functions.
        Finalize(None, self.count_rest, exitpriority=0)

    @never_failing
    def count_request(
        self, request: HttpRequest, response: HttpResponseBase, seconds: float
    ) -> None:
        """Count a request that has been answered.

        :param seconds: how long it took.
        """
        self._requests.add(request, response, seconds)
        if response.status_code in {429, 503}:
            self._refusals.labels(str(response.status_code), reason_of(response)).inc()
        if self._samples and self._sampler is None:
            self.start_sampling()

    @never_failing
    def count_login(self, dialect: str, kind: str) -> None:
        self._logins.labels(dialect, kind).inc()

    @never_failing
    def count_failed_login(self, code: str) -> None:
        self._failed_logins.labels(code).inc()

    @never_failing
    def count_ended_sessions(self, cause: str, number: int) -> None:
        self._ended_sessions.labels(cause).inc(number)

    @never_failing
    def sample(self) -> None:
        """Measure the queue of hashes, the pools, and where requests are counted.

        Requests whose batch is not full are counted as well.
        """
        if self.folder is not None:
            self.folder.renew()
        self._requests.count()
        use = queue.use()
        self._slots_taken.set(use.taken)
        self._slots.set(use.slots)
        self._in_memory.set(counts_in_memory())
        if (pool := pool_use()) is not None:
            self._pool_connections.labels("idle").set(pool.idle)
            self._pool_connections.labels("used").set(pool.size - pool.idle)
            self._pool_max.set(pool.most)
            self._pool_waiting.set(pool.waiting)

    @never_failing
    def count_rest(self) -> None:
        """Count the requests whose batch is not full."""
        self._requests.count()

    def start_sampling(self) -> None:
        """Start the thread that measures; a process that was forked has none any more."""
        self._sampler = threading.Thread(target=self._sample_for_ever, name="metrics", daemon=True)
        self._sampler.start()

    def _forget_sampler(self) -> None:
        self._sampler = None

    def _begin_at_zero(self) -> None:
        """Show counters of known labels before they count: Prometheus misses the first increase of
        a counter that it has not seen before.
        """
        for reason in (*REASONS.values(), OTHER):
            status = "429" if reason == REASONS[RateLimited] else "503"
            self._refusals.labels(status, reason)
        for cause in EndCause:
            self._ended_sessions.labels(cause.value)

    def _sample_for_ever(self) -> None:
        while True:
            self.sample()
            time.sleep(SAMPLING_SECONDS)

    def _counter(self, metric: Metric) -> Counter:
        return Counter(metric.name, metric.meaning, metric.labels, registry=self.registry)

    def _gauge(self, metric: Metric) -> Gauge:
        return Gauge(
            metric.name,
            metric.meaning,
            metric.labels,
            registry=self.registry,
            multiprocess_mode="livesum",
        )


def shared_folder(path: str | Path | None) -> SharedFolder | None:
    """Return the folder in which processes share their metrics.

    :returns: None if none is wanted, or it cannot be used: what is counted must not keep the
        service from starting.
    """
    if path is None:
        return None
    try:
        return SharedFolder(Path(path))
    except OSError as error:
        logger.error("Each process shows its own metrics, without METRICS_DIR: %s", error)
        return None
