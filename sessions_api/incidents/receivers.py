"""Receivers of signals: they wake the background thread of this process."""

from django.core.signals import request_started
from django.dispatch import receiver

from sessions_api.databases.background import is_server
from sessions_api.incidents.background import worker
from sessions_api.incidents.signals import job_due


@receiver(job_due)
def wake(**_: object) -> None:
    """Go on with the job in the background."""
    worker().wake()


@receiver(request_started)
def resume_jobs(*, sender: object, **_: object) -> None:
    """Go on with the jobs that an earlier process left, at the first request only."""
    if is_server(sender):
        request_started.disconnect(resume_jobs)
        worker().wake()
