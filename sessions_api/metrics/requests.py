"""Counting requests, in batches: most of what counting one takes is to fetch the library's code and
data into the processor's cache, from which the request has displaced them.

A process counts the rest when it ends, which those of ASGI servers cannot: uvicorn's workers end by
the signal that has stopped them. There, each request is counted at once.
"""

import contextlib
import os
from collections import deque

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from prometheus_client import CollectorRegistry, Counter, Histogram

from sessions_api.metrics import definitions
from sessions_api.metrics.labels import endpoint_of, method_of

#: How many requests a process has not counted yet, at most. They are lost if it is killed.
BATCH = 25

#: The route, method and status of a request.
_Kind = tuple[str | None, str, int]


class RequestMetrics:
    """The numbers and durations of requests. Thread-safe.

    :param registry: where the metrics are registered.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        requests, durations = definitions.REQUESTS, definitions.DURATIONS
        self._requests = Counter(
            requests.name, requests.meaning, requests.labels, registry=registry
        )
        self._durations = Histogram(
            durations.name,
            durations.meaning,
            durations.labels,
            buckets=definitions.BUCKETS,
            registry=registry,
        )
        #: The library's look-up of labels takes longer than counting.
        self._metrics: dict[_Kind, tuple[Counter, Histogram]] = {}
        self._added: deque[tuple[tuple[Counter, Histogram], float]] = deque()
        # The parent counts its own.
        os.register_at_fork(after_in_child=self._added.clear)

    def add(self, request: HttpRequest, response: HttpResponseBase, seconds: float) -> None:
        """Add a request that has been answered. It is counted with its batch; at once under ASGI.

        :param seconds: how long it took.
        """
        match = request.resolver_match
        kind = (match.route if match else None, method_of(request), response.status_code)
        if (metrics := self._metrics.get(kind)) is None:
            metrics = self._metrics[kind] = self._find(request, response)
        self._added.append((metrics, seconds))
        if len(self._added) >= BATCH or isinstance(request, ASGIRequest):
            self.count()

    def count(self) -> None:
        """Count what has been added."""
        # Other threads may take the last one first.
        with contextlib.suppress(IndexError):
            while True:
                (requests, durations), seconds = self._added.popleft()
                requests.inc()
                durations.observe(seconds)

    def _find(self, request: HttpRequest, response: HttpResponseBase) -> tuple[Counter, Histogram]:
        endpoint, dialect = endpoint_of(request)
        status = str(response.status_code)
        return (
            self._requests.labels(endpoint, dialect, method_of(request), status),
            self._durations.labels(endpoint, dialect),
        )
