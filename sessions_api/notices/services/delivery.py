"""Sending notices that are due.

Any number of processes may send at a time. Each claims one notice by moving its next attempt into
the future. Where a process is killed before it has noted the outcome, another one tries again then:
a mail may come twice, but is not lost.
"""

import logging
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connections, transaction
from django.db.models import F, Min, QuerySet
from django.utils import timezone

from sessions_api.notices.models import Notice
from sessions_api.notices.services.mails import Withdrawn, mail_of
from sessions_api.notices.services.refusals import is_due_to_recipient

logger = logging.getLogger("sessions_api.notices")

#: How long sending is tried.
RETRY_PERIOD = timedelta(days=4)
#: How long a process may take to send a notice before another one tries.
LEASE = timedelta(minutes=15)
#: The wait after the first failure; it doubles with each one, up to the longest.
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=6)
#: After so many failures in a row, the mail server is left alone for a while. Failures that are due
#: to the recipient do not count: a few bad addresses would hold up everybody's notices.
MOST_FAILURES = 3


@dataclass
class Round:
    """What sending all that was due has come to.

    :param sent: how many notices were sent.
    :param failed: how many failed, and will be tried again.
    :param given_up: how many were given up.
    :param withdrawn: how many must not be sent any more.
    :param is_cut_short: whether it ended early because so many failed.
    """

    sent: int = 0
    failed: int = 0
    given_up: int = 0
    withdrawn: int = 0
    is_cut_short: bool = False


def send_due(
    until: Callable[[], bool] = lambda: False, before_mail: Callable[[], object] = lambda: None
) -> Round:
    """Send the notices that are due, the longest due first.

    Ends early after :data:`MOST_FAILURES` failures of the mail server in a row.

    :param until: called before each notice; returns whether to end early.
    :param before_mail: called before the mail server is, which may take long.
    """
    outcome, in_a_row = Round(), 0
    while not until() and (notice := _claim()):
        in_a_row = 0 if _send(notice, outcome, before_mail) else in_a_row + 1
        if in_a_row == MOST_FAILURES:
            outcome.is_cut_short = True
            break
    return outcome


def next_due() -> datetime | None:
    """Return when the next notice is due; None if none is waiting."""
    due: datetime | None = _waiting().aggregate(due=Min("due_at"))["due"]
    return due


def retry(notices: QuerySet[Notice]) -> int:
    """Have failed and held back notices sent from now on, again for :data:`RETRY_PERIOD`.

    :returns: their number.
    """
    now = timezone.now()
    return notices.filter(due_at=None, sent_at=None).update(
        due_at=now, give_up_at=now + RETRY_PERIOD, is_held_back=False, error=""
    )


def _waiting() -> QuerySet[Notice]:
    return Notice.objects.filter(due_at__isnull=False)


def _claim() -> Notice | None:
    """Return a notice that this process alone may send, with its user; None if none is due."""
    can_skip = connections[Notice.objects.db].features.has_select_for_update_skip_locked
    while True:
        now = timezone.now()
        due = _waiting().filter(due_at__lte=now).order_by("due_at")
        # Without such locks (SQLite) the update alone decides, outside of a transaction that would
        # have begun with a read, and so could not wait for another writer.
        with transaction.atomic() if can_skip else nullcontext():
            if can_skip:
                due = due.select_for_update(skip_locked=True)
            notice = due.first()
            if notice is None:
                return None
            is_ours = Notice.objects.filter(pk=notice.pk, due_at=notice.due_at).update(
                due_at=now + LEASE, attempts=F("attempts") + 1, attempted_at=now
            )
        if is_ours:
            claimed = Notice.objects.select_related("user").filter(pk=notice.pk).first()
            if claimed is not None:
                return claimed


def _send(notice: Notice, outcome: Round, before_mail: Callable[[], object]) -> bool:
    """Send a claimed notice, and note the outcome.

    :returns: False if it failed, and others may fail for the same reason.
    """
    try:
        mail = mail_of(notice)
        before_mail()
        mail.send()
    except Withdrawn:
        outcome.withdrawn += _note(notice, due_at=None, error=Withdrawn.__name__)
        return True
    # Each mail backend has its own errors.
    except Exception as error:
        _note_failure(notice, type(error).__name__, outcome)
        return is_due_to_recipient(error)
    outcome.sent += _note(notice, due_at=None, sent_at=timezone.now(), error="")
    return True


def _note_failure(notice: Notice, error: str, outcome: Round) -> None:
    # Only the error's name, because its text may hold the address, and the mail with its link.
    now = timezone.now()
    if now >= notice.give_up_at:
        outcome.given_up += _note(notice, due_at=None, error=error)
        logger.error(
            "Notice %s was given up after %s attempts: %s", notice.pk, notice.attempts, error
        )
        return
    wait = min(FIRST_WAIT * 2 ** min(notice.attempts - 1, 20), LONGEST_WAIT)
    outcome.failed += _note(notice, due_at=min(now + wait, notice.give_up_at), error=error)
    logger.warning(
        "Notice %s was not sent, and will be tried again in %s: %s", notice.pk, wait, error
    )


def _note(notice: Notice, **changes: object) -> int:
    """Note the outcome, unless another process has claimed the notice since."""
    mine = Notice.objects.filter(pk=notice.pk, attempts=notice.attempts)
    return mine.update(**changes)
