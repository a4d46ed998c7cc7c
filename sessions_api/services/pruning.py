"""Removing what is of no use any more, whatever its kind, in small batches, the oldest first.

Nothing of it is audited or signalled.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

from django.db import connections, transaction
from django.db.models import Model, Q, QuerySet
from django.utils import timezone

from sessions_api.conf import api_settings
from sessions_api.models import AuditEvent, BulkSignOut, UserSession
from sessions_api.passwords.marks import mark_of_owner

#: For how long a spent token is kept beyond its end. A host whose clock is behind still takes it,
#: and must find it spent.
CLOCK_SKEW = timedelta(hours=1)

#: A batch of this size holds its locks for some tens of milliseconds. A larger one would hold them
#: out of proportion, and have more parameters than a statement may.
MAX_BATCH_SIZE = 10_000


@dataclass(frozen=True)
class Leftovers:
    """Rows of one kind that may go, as of the moment when this was made.

    :param name: what they are, for people.
    :param rows: all of them, in any order.
    :param age: the column that says which are the oldest.
    """

    name: str
    rows: QuerySet[Model]
    age: str

    def count(self) -> int:
        return self.rows.count()

    def prune(self, batch_size: int, *, max_batches: int | None = None) -> Iterator[int]:
        """Delete them, the oldest first.

        Each batch is a transaction of its own, so what is done stays done when this is interrupted.
        It may run any number of times in parallel: on PostgreSQL rows that somebody else holds are
        left to them, on SQLite writers take turns.

        :param batch_size: how many rows a batch has at most, 1 to 10,000.
        :param max_batches: after how many batches to stop, though there be more; 0 or more.
        :returns: an iterator that deletes a batch and yields its number of rows, again and again.
        :raises ValueError: for sizes and numbers out of range.
        """
        if not 1 <= batch_size <= MAX_BATCH_SIZE:
            raise ValueError(f"A batch has 1 to {MAX_BATCH_SIZE} rows, not {batch_size}.")
        if max_batches is not None and max_batches < 0:
            raise ValueError(f"There cannot be {max_batches} batches.")
        return self._batches(batch_size, max_batches)

    def _batches(self, batch_size: int, max_batches: int | None) -> Iterator[int]:
        done = 0
        while done != max_batches:
            deleted = self._delete_batch(batch_size)
            if deleted:
                yield deleted
            if deleted < batch_size:
                return
            done += 1

    def _delete_batch(self, size: int) -> int:
        using = self.rows.db
        with transaction.atomic(using=using):
            chosen = self.rows.order_by(self.age)
            if connections[using].features.has_select_for_update_skip_locked:
                chosen = chosen.select_for_update(skip_locked=True)
            # Two statements: the planner may run a subquery with a LIMIT more than once.
            keys = list(chosen.values_list("pk", flat=True)[:size])
            # The base manager, for that of the audit trail refuses to delete.
            self.rows.model._base_manager.using(using).filter(pk__in=keys).delete()
        return len(keys)


@dataclass(frozen=True)
class OutlivedSessions(Leftovers):
    """Sessions whose owners have new passwords, in the order of their keys.

    No index knows them, so all sessions are walked through, as many at a time as a batch has rows.
    Those that have no mark of a password yet get one on the way.
    """

    def _batches(self, batch_size: int, max_batches: int | None) -> Iterator[int]:
        by_key = UserSession.objects.using(self.rows.db).order_by("pk").values_list("pk", flat=True)
        done = last = 0
        while done != max_batches and (keys := list(by_key.filter(pk__gt=last)[:batch_size])):
            last = keys[-1]
            within = Q(pk__gte=keys[0], pk__lte=last)
            unmarked = UserSession.objects.using(self.rows.db).filter(within, password_mark="")
            unmarked.update(password_mark=mark_of_owner())
            if deleted := replace(self, rows=self.rows.filter(within))._delete_batch(batch_size):
                yield deleted
                done += 1


#: Of plug-ins.
_sources: list[Callable[[], Leftovers]] = []


def register(source: Callable[[], Leftovers]) -> None:
    """Have :func:`leftovers` ask a plug-in as well, from the ``ready()`` of its configuration.

    :param source: makes the leftovers of one kind, as of the moment when it is called.
    """
    if source not in _sources:
        _sources.append(source)


def leftovers() -> list[Leftovers]:
    """Whatever may go now, in the order in which it should."""
    kinds = [
        expired_sessions(),
        outlived_sessions(),
        *(source() for source in _sources),
        finished_endings(),
        old_events(),
    ]
    return [kind for kind in kinds if kind is not None]


def expired_sessions() -> Leftovers:
    """Sessions that have expired by now."""
    return Leftovers("Expired sessions", UserSession.objects.expired(), "expires_at")


def outlived_sessions() -> Leftovers | None:
    """Sessions that a new password has ended; None where it ends none."""
    if not api_settings().PASSWORD_CHANGE_ENDS_SESSIONS:
        return None
    return OutlivedSessions("Sessions of former passwords", UserSession.objects.outlived(), "pk")


def old_events() -> Leftovers | None:
    """Audit events older than ``AUDIT_RETENTION``; None where they are kept for ever."""
    retention = api_settings().AUDIT_RETENTION
    if retention is None:
        return None
    rows = AuditEvent.objects.filter(at__lt=timezone.now() - retention)
    return Leftovers("Old audit events", rows, "at")


def finished_endings() -> Leftovers | None:
    """Endings of sessions that finished longer than ``AUDIT_RETENTION`` ago; None as above."""
    retention = api_settings().AUDIT_RETENTION
    if retention is None:
        return None
    rows = BulkSignOut.objects.filter(finished_at__lt=timezone.now() - retention)
    return Leftovers("Finished endings of sessions", rows, "finished_at")
