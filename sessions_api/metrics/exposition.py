"""The metrics of this process, and the text that shows them with those of its siblings."""

import functools

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from sessions_api.conf import api_settings
from sessions_api.metrics.process import ProcessMetrics, shared_folder
from sessions_api.metrics.readings import Readings
from sessions_api.metrics.receivers import connect


class Exposition:
    """The metrics of a process, and what is shown at a scrape.

    :ivar process: what this process counts.
    """

    def __init__(self, process: ProcessMetrics) -> None:
        self.process = process
        self._registry = CollectorRegistry()
        self._readings = Readings(self._running)
        self._registry.register(self._readings)
        if process.folder is not None:
            MultiProcessCollector(self._registry, path=str(process.folder.path))

    def text(self) -> bytes:
        """Return all metrics in Prometheus's text format (version 0.0.4)."""
        self.process.sample()
        # First: it removes the gauges of processes that have ended.
        text = generate_latest(self._registry)
        return text if self.process.folder else text + generate_latest(self.process.registry)

    def forget(self) -> None:
        """Forget what has been read from the database."""
        self._readings.forget()

    def _running(self) -> int:
        return self.process.folder.forget_ended() if self.process.folder else 1


@functools.cache
def begin() -> Exposition:
    """Begin to count in this process; once, however many handlers load the middleware."""
    process = ProcessMetrics(shared_folder(api_settings().METRICS_DIR))
    connect(process)
    return Exposition(process)
