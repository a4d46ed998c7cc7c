"""Creating and ending sessions, for the API, the admin and commands."""

import uuid
from collections import defaultdict
from datetime import UTC, datetime, timedelta

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.utils import timezone

from sessions_api.accounts.kinds import AccountKey
from sessions_api.accounts.lookup import all_accounts, is_staff, lock
from sessions_api.accounts.privileges import reaches_everybody, require_power_over, within_reach
from sessions_api.callers.clients import Client
from sessions_api.callers.devices import parse_device
from sessions_api.callers.locations import locate
from sessions_api.callers.session_names import default_session_name
from sessions_api.exceptions import (
    Banned,
    InsufficientPermissions,
    InvalidPassword,
    InvalidSession,
    InvalidUser,
)
from sessions_api.models import AuditEvent, UserSession, UserSessionQuerySet
from sessions_api.passwords.marks import password_mark
from sessions_api.scopes import STAFF_SCOPES, Scope
from sessions_api.services.audit import Actor, event, record, record_all
from sessions_api.services.authority import require_authority
from sessions_api.services.ended_sessions import EndedSessions
from sessions_api.services.new_locations import is_new_location
from sessions_api.services.same_password import is_same_password
from sessions_api.services.second_factors import second_factors
from sessions_api.signals import send_after_commit, session_created, sessions_ended
from sessions_api.tokens.sessions import issue_session_token


def create_session(
    user: AbstractBaseUser,
    *,
    client: Client,
    lifetime: timedelta,
    dialect: str = "",
    name: str | None = None,
    permission_flags: Scope | None = None,
    parent: UserSession | None = None,
    by_password: str = "",
    now: datetime | None = None,
) -> tuple[UserSession, str]:
    """Create a session with its audit event, and issue its token.

    :param client: its address and user agent are stored with the session.
    :param lifetime: the session expires this long after the second that is its id.
    :param dialect: the dialect of the API that creates it; "" if none does.
    :param name: by default made from the device.
    :param permission_flags: the scopes of a scoped session; None for a full one.
    :param parent: the session that creates this one, if any; it must still be active.
    :param by_password: the purpose for which a password alone was given; "" if none was needed, or
        a second factor was shown.
    :param now: the time of the login, by default the present.
    :returns: the session and its token.
    :raises InvalidUser: the account has been deleted.
    :raises Banned: the account is banned.
    :raises InvalidPassword: the account's password has changed since ``user`` was read.
    :raises SecondFactorChallengeRequired: a password alone was given, and the user has a second
        factor, perhaps enrolled a moment ago.
    :raises InvalidSession: the parent has ended.
    """
    now = now or timezone.now()
    device = parse_device(client.user_agent)
    with transaction.atomic():
        # With the lock, parallel logins of a user get distinct ids without retries, and an account
        # that was banned, deleted or given another password during the check gets no session.
        current = lock(user)
        if current is None:
            raise InvalidUser
        if not current.is_active:
            raise Banned
        if not is_same_password(user, current):
            raise InvalidPassword
        if (permission_flags or 0) & STAFF_SCOPES and not is_staff(current):
            raise InsufficientPermissions
        live = UserSession.objects.active(now, owner=current)
        if parent and not live.filter(pk=parent.pk).exists():
            raise InvalidSession
        if by_password:
            second_factors().require_challenge(current, purpose=by_password)
        sid = UserSession.objects.free_sid(user, int(now.timestamp()))
        session = UserSession.objects.create(
            # The type checker knows this project's user model only; a host may have another.
            user=user,  # type: ignore[misc]
            sid=sid,
            jti=uuid.uuid4(),
            name=name or default_session_name(client.user_agent, device),
            dialect=dialect,
            permission_flags=permission_flags,
            address=client.address,
            location=locate(client.address),
            user_agent=client.user_agent,
            browser=device.browser,
            browser_version=device.version,
            platform=device.platform,
            os=device.os,
            os_version=device.os_version,
            is_dev=device.is_dev,
            created_at=now,
            expires_at=datetime.fromtimestamp(sid, UTC) + lifetime,
            password_mark=password_mark(current.password),
        )
        actor = Actor(user=user, client=client)
        if permission_flags is None:
            _record_login(session, actor)
        else:
            scopes = [scope.name for scope in permission_flags]
            record(AuditEvent.Kind.SCOPED_SESSION, actor, subject=user, session=sid, scopes=scopes)
        send_after_commit(session_created, UserSession, session=session, client=client)
    token = issue_session_token(
        sub=str(user.pk),
        sid=sid,
        expires_at=session.expires_at,
        jti=session.jti,
        name=session.name,
    )
    return session, token


def create_scoped_session(
    user: AbstractBaseUser,
    *,
    client: Client,
    lifetime: timedelta,
    dialect: str,
    name: str,
    permission_flags: Scope,
    parent: UserSession | None = None,
) -> tuple[UserSession, str]:
    """Create a scoped session, whose token may only do what its scopes allow.

    :returns: the session and its token.
    :raises InsufficientPermissions: a scope is for staff, and the user is not. Anybody may have
        ``ALL``, which grants no more than the user may do.
    """
    return create_session(
        user,
        client=client,
        lifetime=lifetime,
        dialect=dialect,
        name=name,
        permission_flags=permission_flags,
        parent=parent,
        by_password=parent.reverified_for if parent else "",
    )


def end_sessions(
    sessions: UserSessionQuerySet,
    *,
    actor: Actor,
    owner: AbstractBaseUser | None = None,
    locked: bool = False,
    reason: str = "",
    **detail: object,
) -> EndedSessions:
    """End the sessions of a queryset, which revokes their tokens at once.

    Takes a constant number of statements.

    :param actor: if not a superuser, superusers' sessions in the queryset are skipped.
    :param owner: the owner of all these sessions, if known; fewer columns are fetched then.
    :param locked: whether ``owner`` was read with its lock in this transaction, so is still right.
    :param detail: further data for the audit events that can be stored as JSON.
    :returns: exactly the sessions that this call ended, without those that another transaction
        ended at the same time.
    :raises InsufficientPermissions: ``owner`` ranks above the actor.
    """
    if owner is None:
        sessions = within_reach(actor.user, sessions, "user__")
    else:
        require_power_over(actor.user, owner)
    with transaction.atomic():
        ended = _delete(sessions) if owner is None else _delete_of(owner, sessions)
        if not ended:
            return ended
        if actor.permissions or owner is None:
            _recheck_authority(actor, None if locked else owner)
        accounts = all_accounts()
        owners = {owner.pk: owner} if owner else accounts.in_bulk(ended.sids_by_owner)
        kind = AuditEvent.Kind.SESSIONS_ENDED
        record_all(
            event(kind, actor, subject=owners[owner_id], reason=reason, sessions=sids, **detail)
            for owner_id, sids in ended.parts()
        )
        send_after_commit(sessions_ended, UserSession, ended=ended, actor=actor, reason=reason)
        return ended


def end_all_sessions(
    owner: AbstractBaseUser, *, actor: Actor, spared: UserSession | None = None, reason: str = ""
) -> EndedSessions:
    """End the active sessions of a user, including scoped ones.

    The account is locked first, as it is when a session is created. So a session that is created at
    the same time is either ended or begins after this.

    :param spared: a session that stays active.
    :returns: as :func:`end_sessions`.
    :raises InsufficientPermissions: the owner ranks above the actor.
    """
    with transaction.atomic():
        # A deleted account has no sessions left.
        account = lock(owner) or owner
        sessions = UserSession.objects.owned_by(account).active(owner=account)
        if spared is not None:
            sessions = sessions.exclude(pk=spared.pk)
        return end_sessions(sessions, actor=actor, owner=account, locked=True, reason=reason)


def _recheck_authority(actor: Actor, owner: AbstractBaseUser | None) -> None:
    """Look again at staff, now that the rows for which they may have waited are deleted.

    :param owner: an account that may have been given more privileges since it was read.
    :raises ApiError: they may not end these sessions any more; the deletion comes to nothing.
    """
    now = require_authority(actor)
    if owner is not None and now is not None and not reaches_everybody(now):
        require_power_over(now, all_accounts().get(pk=owner.pk))


def _delete(sessions: UserSessionQuerySet) -> EndedSessions:
    sids_by_owner: dict[AccountKey, list[int]] = defaultdict(list)
    for owner_id, sid in sessions.delete_returning("user", "sid"):
        sids_by_owner[owner_id].append(sid)
    return EndedSessions(dict(sids_by_owner))


def _delete_of(owner: AbstractBaseUser, sessions: UserSessionQuerySet) -> EndedSessions:
    sids = [sid for (sid,) in sessions.owned_by(owner).delete_returning("sid")]
    return EndedSessions({owner.pk: sids} if sids else {})


def _record_login(session: UserSession, actor: Actor) -> None:
    """Audit the login with its location, and separately if that is new for the user."""
    detail = {"session": session.sid} | ({"location": session.location} if session.location else {})
    kinds = [AuditEvent.Kind.LOGIN]
    if is_new_location(actor.account, session.location):
        kinds.append(AuditEvent.Kind.NEW_LOCATION)
    for kind in kinds:
        record(kind, actor, subject=actor.user, **detail)
