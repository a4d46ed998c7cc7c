"""The metrics of this process, and the text that shows them with those of its siblings."""

import functools
import logging

from prometheus_client import CollectorRegistry, generate_latest

from sessions_api.conf import api_settings
from sessions_api.databases.outages import NowAndThen
from sessions_api.metrics.files import FilesCollector
from sessions_api.metrics.process import ProcessMetrics, shared_folder
from sessions_api.metrics.readings import Readings
from sessions_api.metrics.receivers import connect
from sessions_api.metrics.workers import SharedFolder

logger = logging.getLogger("sessions_api.metrics.exposition")
logger.addFilter(NowAndThen())


class Exposition:
    """The metrics of a process, and what is shown at a scrape.

    :ivar process: what this process counts.
    """

    def __init__(self, process: ProcessMetrics) -> None:
        self.process = process
        self._running = 1
        self._readings = Readings(lambda: self._running)
        self._registry = CollectorRegistry()
        self._registry.register(self._readings)

    def text(self) -> bytes:
        """Return all metrics in Prometheus's text format (version 0.0.4)."""
        self.process.sample()
        # First: it tells the number of running processes.
        counted = self._counted()
        return generate_latest(self._registry) + counted

    def forget(self) -> None:
        """Forget what has been read from the database."""
        self._readings.forget()

    def _counted(self) -> bytes:
        """Return what all processes count, or only this one if the folder cannot be used."""
        if self.process.folder is not None:
            try:
                return self._shared(self.process.folder)
            except Exception as error:
                logger.error("This process shows its own metrics, without METRICS_DIR: %s", error)
        self._running = 1
        return generate_latest(self.process.registry)

    def _shared(self, folder: SharedFolder) -> bytes:
        # First: it removes the gauges of processes that have ended.
        self._running = folder.forget_ended()
        registry = CollectorRegistry()
        registry.register(FilesCollector(folder.path))
        return generate_latest(registry)


@functools.cache
def begin() -> Exposition:
    """Begin to count in this process; once, however many handlers load the middleware."""
    process = ProcessMetrics(shared_folder(api_settings().METRICS_DIR))
    connect(process)
    return Exposition(process)
