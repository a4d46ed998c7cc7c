"""Bulk sign-outs, which end more sessions than one transaction should, in batches.

Each batch is a transaction of its own. The last one also ends the sessions of the console in which
the others were run, if they match. The progress is stored in a row, so that anybody can resume
an interrupted sign-out. Batches lock that row: two people who run one at the same time share the
work, and the counts stay exact.
"""

import time
from collections.abc import Callable, Collection
from uuid import UUID

from django.db import transaction
from django.db.models import Model
from django.utils import timezone

from sessions_api.accounts.kinds import AccountKey
from sessions_api.accounts.lookup import lock_all
from sessions_api.accounts.privileges import without_superusers
from sessions_api.databases.estimates import estimate
from sessions_api.models import (
    AuditEvent,
    BulkSignOut,
    SessionKind,
    UserSession,
    UserSessionQuerySet,
)
from sessions_api.services.audit import Actor, record
from sessions_api.services.authority import require_authority
from sessions_api.services.ended_sessions import EndCause, EndedSessions
from sessions_api.services.notices import notices, suppress_notices
from sessions_api.services.sessions import discard_past_limits, end_sessions

#: How many sessions one transaction ends at most.
BATCH = 1000
#: How many rows one transaction scans at most if no index finds the sessions.
WINDOW = 50_000
#: Limits of one call of :func:`run_next_batch`: the number of transactions, and the seconds after
#: which it begins no further one.
BATCHES = 20
SECONDS = 2.0

#: Called in the transaction of each batch, with what it has ended.
Follower = Callable[[BulkSignOut, EndedSessions], None]

#: Returns the row of another app on whose page a bulk sign-out is resumed and stopped; None if it
#: is none of that app's.
Home = Callable[[BulkSignOut], Model | None]

_followers: dict[Follower, Home] = {}


def register_follower(follower: Follower, home: Home) -> None:
    """Have another app told of each batch of any bulk sign-out, and manage its own ones.

    It calls this from its ``AppConfig.ready()``.

    :param follower: gets the bulk sign-out as it is after the batch, which is empty if a sign-out
        was cancelled. If it raises, the batch is rolled back.
    """
    _followers[follower] = home


def home_of(sign_out: BulkSignOut) -> Model | None:
    """Return the row of another app that manages a bulk sign-out; None if nothing else does."""
    return next((row for home in _followers.values() if (row := home(sign_out))), None)


def end_if_few(
    sessions: UserSessionQuerySet, *, actor: Actor, reason: str, owners: Collection[AccountKey] = ()
) -> EndedSessions | None:
    """End the active ones of these sessions now, if all that are unexpired fit into one batch.

    :param owners: the primary keys of users whose sessions are all to end. These accounts are
        locked, so that a session that is being created at the same time does not escape; see
        :func:`~sessions_api.services.sessions.end_all_sessions`.
    :returns: the sessions that this call ended. None if there are too many, or if counting them
        would take long; nothing has been ended then.
    :raises ApiError: the actor may no longer end sessions; see
        :func:`~sessions_api.services.authority.require_authority`. The other functions here raise
        it too.
    """
    unexpired = sessions.unexpired().order_by().values_list("pk", flat=True)
    if estimate(unexpired[: BATCH + 1]).is_long:
        return None
    with transaction.atomic():
        if owners:
            lock_all(owners)
        keys = list(unexpired[: BATCH + 1])
        if len(keys) > BATCH:
            return None
        notices().forget_origins(owners)
        return end_sessions(
            _still_active(keys), actor=actor, reason=reason, cause=EndCause.BULK_SIGN_OUT
        )


def begin_bulk_sign_out(
    confirmation: UUID,
    *,
    actor: Actor,
    reason: str,
    what: str,
    criteria: dict[str, object],
    spares_superusers: bool,
    expected: int | None,
    owners: Collection[AccountKey] = (),
) -> BulkSignOut:
    """Create a bulk sign-out; :func:`run_next_batch` ends the sessions.

    Sessions that begin after this call are not ended.

    :param confirmation: makes the call idempotent: a second one with the same value returns the
        bulk sign-out of the first.
    :param what: which sessions, in words; truncated to 500 characters.
    :param criteria: the same as data, by which the caller finds the sessions again.
    :param expected: the number of sessions now; None if they were not counted.
    :param owners: the primary keys of users whose sessions are all to end.
    """
    keys = UserSession.objects.values_list("pk", flat=True)
    newest = keys.order_by("-pk").first() or 0
    oldest = keys.order_by("pk").first() or 0
    with transaction.atomic():
        sign_out, is_new = BulkSignOut.objects.get_or_create(
            confirmation=confirmation,
            defaults={
                "actor_id": actor.user.pk if actor.user else None,
                "actor_name": actor.shown_name,
                "reason": reason,
                "what": what[:500],
                "criteria": criteria,
                "spares_superusers": spares_superusers,
                "newest_pk": newest,
                "next_pk": newest,
                "oldest_pk": oldest,
                "expected": expected,
                "confirmed_at": timezone.now(),
            },
        )
        if is_new:
            kind = AuditEvent.Kind.BULK_SIGN_OUT_BEGUN
            record(kind, actor, reason=reason, bulk_sign_out=sign_out.pk, what=sign_out.what)
            notices().forget_origins(owners)
    return sign_out


def run_next_batch(
    sign_out: BulkSignOut, sessions: UserSessionQuerySet, *, actor: Actor, indexed: bool
) -> BulkSignOut:
    """Run batches of a bulk sign-out for about two seconds.

    :param sessions: the sessions to end. Where the bulk sign-out spares superusers, theirs stay.
    :param indexed: whether an index finds them; if not, each batch scans a bounded part of the
        table.
    :returns: the bulk sign-out as it is afterwards.
    :raises Exception: whatever the database raises; the batches before that are committed.
    """
    stop = time.monotonic() + SECONDS
    for _ in range(BATCHES):
        sign_out = _end_batch(sign_out.pk, sessions, actor, indexed)
        if not sign_out.is_open or time.monotonic() > stop:
            break
    return sign_out


def cancel_bulk_sign_out(sign_out: BulkSignOut, *, actor: Actor) -> bool:
    """Cancel a bulk sign-out. The remaining sessions stay active.

    :returns: whether this changed anything; if not, nothing is recorded.
    """
    with transaction.atomic():
        # Waits for the batch that is running.
        cancelled = BulkSignOut.objects.filter(pk=sign_out.pk, finished_at=None).update(
            finished_at=timezone.now(), cancelled=True
        )
        if not cancelled:
            return False
        require_authority(actor)
        record(
            AuditEvent.Kind.BULK_SIGN_OUT_CANCELLED,
            actor,
            bulk_sign_out=sign_out.pk,
            what=sign_out.what,
        )
        sign_out.refresh_from_db()
        _tell_followers(sign_out, EndedSessions({}))
        return True


def _end_batch(pk: int, sessions: UserSessionQuerySet, actor: Actor, indexed: bool) -> BulkSignOut:
    with transaction.atomic():
        sign_out = BulkSignOut.objects.select_for_update().get(pk=pk)
        if not sign_out.is_open:
            return sign_out
        if sign_out.spares_superusers:
            sessions = without_superusers(sessions, "user__")
        floor = 0 if indexed else _window_floor(sign_out.next_pk)
        unexpired = sessions.unexpired()
        within = unexpired.filter(pk__lte=sign_out.next_pk, pk__gte=floor).order_by("-pk")
        if actor.session is not None:
            # It would be missing for the batches after this one.
            within = within.exclude(pk=actor.session.pk)
        keys = list(within.values_list("pk", flat=True)[:BATCH])
        next_pk = max(0, (keys[-1] if len(keys) == BATCH else floor) - 1)
        if not next_pk:
            # Those in which the batches were run.
            left = unexpired.filter(SessionKind.CONSOLE.condition, pk__lte=sign_out.newest_pk)
            keys = list({*keys, *left.values_list("pk", flat=True)[:BATCH]})
        # Nobody is told: it may be about millions of owners.
        with suppress_notices():
            ended = end_sessions(
                _still_active(keys),
                actor=actor,
                reason=sign_out.reason,
                cause=EndCause.BULK_SIGN_OUT,
                bulk_sign_out=sign_out.pk,
            )
        sign_out.ended += len(ended)
        sign_out.next_pk = next_pk
        if not next_pk:
            sign_out.finished_at = timezone.now()
        sign_out.save(update_fields=["ended", "next_pk", "finished_at"])
        _tell_followers(sign_out, ended)
    return sign_out


def _tell_followers(sign_out: BulkSignOut, ended: EndedSessions) -> None:
    for follower in _followers:
        follower(sign_out, ended)


def _still_active(keys: Collection[int]) -> UserSessionQuerySet:
    """Return the active ones of these sessions, after discarding those that a limit has ended."""
    batch = UserSession.objects.filter(pk__in=keys)
    discard_past_limits(batch)
    return batch.active()


def _window_floor(newest: int) -> int:
    """Return the lowest key of the window that begins at ``newest``; 0 for the last window."""
    rows = UserSession.objects.filter(pk__lte=newest).order_by("-pk").values_list("pk", flat=True)
    return rows[WINDOW - 1 : WINDOW].first() or 0
