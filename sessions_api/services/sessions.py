"""Ending sessions, for the API, the admin and commands."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from sessions_api.accounts.kinds import AccountKey
from sessions_api.accounts.lookup import all_accounts, lock
from sessions_api.accounts.privileges import is_unrestricted, require_power_over, within_reach
from sessions_api.databases.moving import Row
from sessions_api.models import AuditEvent, UserSession, UserSessionQuerySet
from sessions_api.services.audit import Actor, event, record_all
from sessions_api.services.authority import require_authority
from sessions_api.services.ended_sessions import EndCause, EndedSessions
from sessions_api.services.notices import NoticeKind, notices, tell_others
from sessions_api.services.past_sessions import remove_lapsed_sessions, remove_sessions
from sessions_api.signals import send_after_commit, sessions_ended


def end_sessions(
    sessions: UserSessionQuerySet,
    *,
    actor: Actor,
    owner: AbstractBaseUser | None = None,
    locked: bool = False,
    reason: str = "",
    cause: EndCause | None = None,
    **detail: object,
) -> EndedSessions:
    """End the sessions of a queryset, which revokes their tokens at once.

    Takes a constant number of statements.

    :param actor: if not a superuser, superusers' sessions in the queryset are skipped.
    :param owner: the owner of all these sessions, if known; fewer columns are fetched then.
    :param locked: whether ``owner`` was read with its lock in this transaction, so is still right.
    :param cause: what ends them; by default their owner or staff, whoever the actor is.
    :param detail: further data for the audit events that can be stored as JSON.
    :returns: exactly the sessions that this call ended, without those that another transaction
        ended at the same time.
    :raises InsufficientPermissions: ``owner`` ranks above the actor.
    """
    if owner is None:
        sessions, columns = within_reach(actor.user, sessions, "user__"), ["user", "sid"]
    else:
        require_power_over(actor.user, owner)
        sessions, columns = sessions.owned_by(owner), ["sid"]
    with transaction.atomic():
        rows = remove_sessions(sessions, *columns, actor=actor, reason=reason, cause=cause)
        ended = _ended(rows, owner)
        if not ended:
            return ended
        if actor.permissions or owner is None:
            _recheck_authority(_without_own(actor, ended), None if locked else owner)
        accounts = all_accounts()
        owners = {owner.pk: owner} if owner else accounts.in_bulk(ended.sids_by_owner)
        kind = AuditEvent.Kind.SESSIONS_ENDED
        record_all(
            event(kind, actor, subject=owners[owner_id], reason=reason, sessions=sids, **detail)
            for owner_id, sids in ended.parts()
        )
        tell_others(NoticeKind.SESSIONS_ENDED, owners.values(), actor=actor)
        send_after_commit(
            sessions_ended,
            UserSession,
            ended=ended,
            actor=actor,
            reason=reason,
            cause=cause or _cause(actor, ended),
        )
        return ended


def end_all_sessions(
    owner: AbstractBaseUser,
    *,
    actor: Actor,
    keep: UserSession | None = None,
    reason: str = "",
    cause: EndCause | None = None,
) -> EndedSessions:
    """End the active sessions of a user, including scoped ones.

    The account is locked first, as it is when a session is created. So a session that is created at
    the same time is either ended or begins after this.

    :param keep: a session that stays active.
    :param cause: as for :func:`end_sessions`.
    :returns: as :func:`end_sessions`.
    :raises InsufficientPermissions: the owner ranks above the actor.
    """
    with transaction.atomic():
        # A deleted account has no sessions left.
        account = lock(owner) or owner
        discard_past_limits(UserSession.objects.owned_by(account))
        sessions = UserSession.objects.owned_by(account).active(owner=account)
        if keep is not None:
            sessions = sessions.exclude(pk=keep.pk)
        notices().forget_origins([account.pk], keep=keep)
        return end_sessions(
            sessions, actor=actor, owner=account, locked=True, reason=reason, cause=cause
        )


def discard_past_limits(sessions: UserSessionQuerySet) -> None:
    """Remove the sessions of a queryset that a limit of the settings has ended.

    They would be active again if the limit were raised before pruning. Like pruning, this is not
    audited. Takes no query if there are no limits.
    """
    remove_lapsed_sessions(sessions.past_limits())


def _recheck_authority(actor: Actor, owner: AbstractBaseUser | None) -> None:
    """Authorize the actor again after the deletion, which may have waited for locks.

    :param owner: an account that may have gained privileges since it was read.
    :raises ApiError: the actor may no longer end these sessions; the deletion is rolled back.
    """
    now = require_authority(actor)
    if owner is not None and not is_unrestricted(now):
        require_power_over(now, all_accounts().get(pk=owner.pk))


def _cause(actor: Actor, ended: EndedSessions) -> EndCause:
    if actor.user is None:
        return EndCause.OTHER
    return EndCause.OWNER if {*ended.sids_by_owner} == {actor.user.pk} else EndCause.STAFF


def _without_own(actor: Actor, ended: EndedSessions) -> Actor:
    """Return the actor without the session by which they act, if this has just ended that."""
    own = actor.session
    if own is not None and own.sid in ended.sids_by_owner.get(own.user_id, ()):
        return replace(actor, session=None)
    return actor


def _ended(rows: Iterable[Row], owner: AbstractBaseUser | None) -> EndedSessions:
    sids_by_owner: dict[AccountKey, list[int]] = defaultdict(list)
    for *owners, sid in rows:
        sids_by_owner[owners[0] if owner is None else owner.pk].append(sid)
    return EndedSessions(dict(sids_by_owner))
