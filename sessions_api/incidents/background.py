"""The background thread of a server process that goes on with the jobs of incidents."""

from collections.abc import Callable
from datetime import datetime

from sessions_api.databases.background import BackgroundThread
from sessions_api.incidents.services.jobs import next_due, run_due


def run(until: Callable[[], bool]) -> datetime | None:
    """Go on with the jobs that are due; return when more are, or None if there are none."""
    run_due(until)
    return next_due()


_worker = BackgroundThread("incidents", "go on with the jobs of incidents", run)


def worker() -> BackgroundThread:
    """Return the worker of this process."""
    return _worker
