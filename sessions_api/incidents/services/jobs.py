"""Going on with the jobs that are due, whichever process has begun them."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from django.db.models import Min, QuerySet
from django.utils import timezone

from sessions_api.exceptions import ApiError
from sessions_api.incidents.exceptions import IncidentConflict
from sessions_api.incidents.models import Job, OwnersMail, SignOut
from sessions_api.incidents.services.mails import run_mail
from sessions_api.incidents.services.runs import follow, runner_of
from sessions_api.incidents.services.searches import require_readable
from sessions_api.services.bulk_sign_outs import run_next_batch
from sessions_api.services.ended_sessions import EndedSessions

logger = logging.getLogger("sessions_api.incidents")

#: How long a process may take for a part of a job before another one goes on with it.
LEASE = timedelta(minutes=1)
#: The wait after an error that may pass.
PAUSE = timedelta(seconds=30)

AnyJob = TypeVar("AnyJob", bound=Job)


def run_due(until: Callable[[], bool] = lambda: False) -> None:
    """Go on with all jobs that are due, in turns, until none is.

    :param until: called before each part of a job; returns whether to end early.
    """
    while not until():
        ran = [_run_one(SignOut, run_sign_out), _run_one(OwnersMail, run_mail)]
        if not any(ran):
            break


def next_due() -> datetime | None:
    """Return when the next job is due; None if there is none."""
    dues = [
        model._base_manager.aggregate(at=Min("due_at"))["at"] for model in (SignOut, OwnersMail)
    ]
    return min((due for due in dues if due), default=None)


def oldest_sign_out() -> datetime | None:
    """Return when the sign-out was requested that has been running longest."""
    return _oldest(SignOut)


def oldest_mail() -> datetime | None:
    """Return when the mail was requested that has been waiting longest to be written."""
    return _oldest(OwnersMail)


def run_sign_out(sign_out: SignOut) -> None:
    """Run batches of a sign-out for about two seconds.

    :raises IncidentConflict: another version has stored a filter that this one cannot read.
    :raises ApiError: those with whose authority it runs may no longer do this.
    """
    assert sign_out.bulk_sign_out is not None
    search = require_readable(sign_out)
    bulk = run_next_batch(
        sign_out.bulk_sign_out,
        search.sessions(),
        actor=runner_of(sign_out),
        indexed=search.indexed,
    )
    if not bulk.is_open:
        # The former release, which knows no incidents, may have finished it.
        follow(bulk, EndedSessions({}))


def interrupt(job: Job, error: ApiError) -> None:
    """Have nobody go on with a job until somebody resumes it.

    :param job: as it was read. If somebody has resumed it since, it goes on.
    :param error: why: those with whose authority it runs may no longer do this, or this version
        cannot read its filter.
    """
    code = error.reason if isinstance(error, IncidentConflict) else error.code
    if type(job)._base_manager.filter(job.unchanged).update(due_at=None, error=code):
        logger.error("%s %s was interrupted: %s", type(job).__name__, job.pk, code)


def _run_one(model: type[AnyJob], run: Callable[[AnyJob], None]) -> bool:
    """Run a part of the job that has been due longest.

    :returns: whether there was one.
    """
    job = _claim(model)
    if job is None:
        return False
    try:
        run(job)
    except ApiError as error:
        interrupt(job, error)
    # Each part is a transaction of its own, so nothing is lost.
    except Exception as error:
        _claimed(job).update(due_at=timezone.now() + PAUSE, error=type(error).__name__)
        logger.exception("%s %s will go on in %s.", model.__name__, job.pk, PAUSE)
    else:
        _claimed(job).update(due_at=timezone.now(), error="")
    return True


def _claim(model: type[AnyJob]) -> AnyJob | None:
    """Return a job that this process alone may go on with; None if none is due."""
    now = timezone.now()
    due: QuerySet[AnyJob] = model._base_manager.filter(due_at__lte=now)
    for job in due.order_by("due_at", "pk"):
        mine = model._base_manager.filter(pk=job.pk, due_at=job.due_at)
        job.due_at = now + LEASE
        if mine.update(due_at=job.due_at):
            return job
    return None


def _claimed(job: AnyJob) -> QuerySet[AnyJob]:
    """Return the row of a job, unless it was interrupted, resumed or claimed again since."""
    return type(job)._base_manager.filter(pk=job.pk, due_at=job.due_at, finished_at=None)


def _oldest(model: type[Job]) -> datetime | None:
    due = model._base_manager.filter(due_at__isnull=False)
    oldest: datetime | None = due.aggregate(at=Min("requested_at"))["at"]
    return oldest
