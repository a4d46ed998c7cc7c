"""Deleting obsolete rows of every kind in small batches, the oldest first.

Pruning is not audited and sends no signals.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

from django.contrib.auth import get_user_model
from django.db import connections, router, transaction
from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.utils import timezone

from sessions_api.conf import api_settings
from sessions_api.databases.shards import is_distributed
from sessions_api.models import AuditEvent, BulkSignOut, PastSession, UserSession, liveness
from sessions_api.passwords.marks import mark_of_owner
from sessions_api.services.past_sessions import keep_lapsed_sessions

#: How long spent tokens are kept after they have expired: a host whose clock is behind still
#: accepts them, and must see that they are spent.
CLOCK_SKEW = timedelta(hours=1)

#: A batch of this size holds its locks for tens of milliseconds. A larger one would hold them
#: disproportionately longer, and could exceed the limit of parameters per statement.
MAX_BATCH_SIZE = 10_000


@dataclass(frozen=True)
class ObsoleteRows:
    """Obsolete rows of one kind, as of the time of its creation.

    :param name: what they are, for display.
    :param rows: all of them, in any order.
    :param age: the column that orders them by age.
    """

    name: str
    rows: QuerySet[Model]
    age: str

    def count(self) -> int:
        return self.rows.count()

    def prune(self, batch_size: int, *, max_batches: int | None = None) -> Iterator[int]:
        """Delete the rows, the oldest first.

        Each batch is a transaction of its own, so an interruption loses no finished batch. Any
        number of processes may prune in parallel: on PostgreSQL locked rows are skipped, on SQLite
        writers take turns.

        :param batch_size: the maximum number of rows per batch, 1 to 10,000.
        :param max_batches: the number of batches to stop after; None for no limit.
        :returns: an iterator that deletes one batch per step and yields its number of rows.
        :raises ValueError: an argument is out of range.
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
        # Not where a router reads: that may be a replica.
        using = router.db_for_write(self.rows.model)
        with transaction.atomic(using=using):
            chosen = self.rows.using(using).order_by(self.age)
            if self._can_skip_locked(using):
                chosen = chosen.select_for_update(skip_locked=True)
            # Two statements, because the planner may execute a subquery with a LIMIT repeatedly.
            keys = list(chosen.values_list("pk", flat=True)[:size])
            # The base manager, because the default manager of the audit log refuses to delete.
            self._delete(self.rows.model._base_manager.using(using).filter(pk__in=keys))
        return len(keys)

    def _delete(self, batch: QuerySet[Model]) -> None:
        batch.delete()

    def _can_skip_locked(self, using: str) -> bool:
        # In a table that is distributed over servers, two processes may choose the same rows. One
        # of them deletes these, and both count them.
        table = self.rows.model._meta.db_table
        skips = connections[using].features.has_select_for_update_skip_locked
        return skips and not is_distributed(table, using=using)


@dataclass(frozen=True)
class ScannedRows(ObsoleteRows):
    """Obsolete rows that no index finds, in the order of their integer keys.

    So the whole table is scanned, as many rows at a time as a batch has.
    """

    def _batches(self, batch_size: int, max_batches: int | None) -> Iterator[int]:
        by_key = self._all().order_by("pk").values_list("pk", flat=True)
        done = last = 0
        while done != max_batches and (keys := list(by_key.filter(pk__gt=last)[:batch_size])):
            last = keys[-1]
            within = Q(pk__gte=keys[0], pk__lte=last)
            self._visit(self._all().filter(within))
            if deleted := replace(self, rows=self.rows.filter(within))._delete_batch(batch_size):
                yield deleted
                done += 1

    def _all(self) -> QuerySet[Model]:
        return self.rows.model._base_manager.using(self.rows.db)

    def _visit(self, scanned: QuerySet[Model]) -> None:
        """Do what is to be done on the way, before the obsolete ones among them are deleted."""


@dataclass(frozen=True)
class LapsedSessions(ObsoleteRows):
    """Sessions that have ended unnoticed. They are kept as past ones."""

    def _delete(self, batch: QuerySet[Model]) -> None:
        keep_lapsed_sessions(batch)
        super()._delete(batch)


@dataclass(frozen=True)
class SessionsEndedEarly(ScannedRows, LapsedSessions):
    """Sessions that a limit or a new password has ended.

    Sessions without a password mark are given one on the way.
    """

    def _visit(self, scanned: QuerySet[Model]) -> None:
        if api_settings().PASSWORD_CHANGE_ENDS_SESSIONS:
            scanned.filter(password_mark="").update(password_mark=mark_of_owner())


#: The sources that plug-ins have registered.
_sources: list[Callable[[], ObsoleteRows | None]] = []


def register(source: Callable[[], ObsoleteRows | None]) -> None:
    """Register further rows to prune. Plug-ins call this from their ``AppConfig.ready()``.

    :param source: returns the obsolete rows of one kind, as of the time of the call; None if its
        rows are kept forever.
    """
    if source not in _sources:
        _sources.append(source)


def obsolete_rows() -> list[ObsoleteRows]:
    """Return everything that can be pruned now, in the order in which to prune it."""
    kinds = [
        expired_sessions(),
        sessions_ended_early(),
        *(source() for source in _sources),
        finished_bulk_sign_outs(),
        old_past_sessions(),
        past_sessions_of_nobody(),
        old_events(),
    ]
    return [kind for kind in kinds if kind is not None]


def expired_sessions() -> ObsoleteRows:
    """Return the sessions that have expired."""
    return LapsedSessions("Expired sessions", UserSession.objects.expired(), "expires_at")


def sessions_ended_early() -> ObsoleteRows | None:
    """Return the sessions that a limit or a new password has ended.

    :returns: None if the settings let neither end a session.
    """
    if not liveness.can_end_early():
        return None
    return SessionsEndedEarly(
        "Sessions ended by a limit or a new password", UserSession.objects.ended_early(), "pk"
    )


def old_past_sessions() -> ObsoleteRows:
    """Return the ended sessions older than ``ENDED_SESSION_RETENTION``: all if none are kept.

    Their ids are in the order in which they ended, up to the time that pruning needs to find those
    that have expired. So these are the ones before the first that is still to be kept.
    """
    since = timezone.now() - api_settings().ENDED_SESSION_RETENTION
    keys = PastSession.objects.values_list("pk", flat=True)
    kept = keys.filter(ended_at__gt=since).order_by("pk").first()
    # As of now: what is pruned meanwhile becomes an ended session.
    end = (keys.order_by("-pk").first() or 0) + 1 if kept is None else kept
    return ObsoleteRows("Old ended sessions", PastSession.objects.filter(pk__lt=end), "pk")


def past_sessions_of_nobody() -> ObsoleteRows:
    """Return the ended sessions whose account has been deleted, by SQL or by 0.1.0a1.

    That version does not know the table, which has no constraint on the account.
    """
    accounts = get_user_model()._base_manager.filter(pk=OuterRef("user_id"))
    orphans = PastSession.objects.filter(~Exists(accounts))
    return ScannedRows("Ended sessions of deleted accounts", orphans, "pk")


def old_events() -> ObsoleteRows | None:
    """Return the audit events older than ``AUDIT_RETENTION``; None if they are kept forever."""
    retention = api_settings().AUDIT_RETENTION
    if retention is None:
        return None
    rows = AuditEvent.objects.filter(at__lt=timezone.now() - retention)
    return ObsoleteRows("Old audit events", rows, "at")


def finished_bulk_sign_outs() -> ObsoleteRows | None:
    """Return the bulk sign-outs that finished more than ``AUDIT_RETENTION`` ago.

    :returns: None if they are kept forever.
    """
    retention = api_settings().AUDIT_RETENTION
    if retention is None:
        return None
    rows = BulkSignOut.objects.filter(finished_at__lt=timezone.now() - retention)
    return ObsoleteRows("Finished bulk sign-outs", rows, "finished_at")
