"""Creating sessions, for the API, the admin and commands."""

import uuid
from datetime import datetime, timedelta

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.utils import timezone

from sessions_api.accounts.lookup import all_accounts, is_staff
from sessions_api.adapter import Lifetime, adapter
from sessions_api.callers.clients import Client
from sessions_api.conf import api_settings
from sessions_api.exceptions import InsufficientPermissions, InvalidSession
from sessions_api.models import AuditEvent, UserSession
from sessions_api.models.liveness import limits_of
from sessions_api.passwords.marks import password_mark
from sessions_api.scopes import Scope, names_of, staff_mask
from sessions_api.services.audit import Actor, record
from sessions_api.services.notices import NoticeKind, tell
from sessions_api.services.second_factors import second_factors
from sessions_api.services.session_caps import make_room
from sessions_api.services.session_rows import insert_session, lock_for_login, note_full_login
from sessions_api.signals import send_after_commit, session_created
from sessions_api.tokens.sessions import issue_session_token


def create_session(
    user: AbstractBaseUser,
    *,
    client: Client,
    lifetime: timedelta,
    kind: Lifetime | None = None,
    dialect: str = "",
    name: str | None = None,
    permission_flags: Scope | None = None,
    parent: UserSession | None = None,
    by_password: str = "",
    location: str | None = None,
    now: datetime | None = None,
) -> tuple[UserSession, str]:
    """Create a session with its audit event, and issue its token.

    :param client: its address and user agent are stored with the session.
    :param lifetime: the session expires this long after the second that is its id, unless the
        host's adapter has another lifetime, or sooner if the settings limit it.
    :param kind: for the host's adapter; by default ``LOGIN``, or ``SCOPED`` if it has scopes.
    :param dialect: the dialect of the API that creates it; "" if none does.
    :param name: by default made from the device.
    :param permission_flags: the scopes of a scoped session; None for a full one.
    :param parent: the session that creates this one, if any; it must still be active.
    :param by_password: the purpose for which a password alone was given; "" if none was needed, or
        a second factor was shown.
    :param location: where the client is; by default looked up by its address.
    :param now: the time of the login, by default the present.
    :returns: the session and its token.
    :raises InvalidUser: the account has been deleted.
    :raises Banned: the account is banned.
    :raises InvalidPassword: the account's password has changed since ``user`` was read.
    :raises SecondFactorChallengeRequired: a password alone was given, and the user has a second
        factor, perhaps enrolled a moment ago.
    :raises InvalidSession: the parent has ended.
    :raises TooManySessions: the user has as many sessions of this kind as the settings allow.
    """
    scoped = permission_flags is not None
    kind = kind or (Lifetime.SCOPED if scoped else Lifetime.LOGIN)
    lifetime = adapter().session_lifetime(user, lifetime, kind=kind, dialect=dialect)
    absolute = limits_of(scoped=scoped).absolute
    if absolute is not None:
        lifetime = min(lifetime, absolute)
    actor, jti = Actor(user=user, client=client), uuid.uuid4()
    with transaction.atomic():
        current = lock_for_login(user)
        # Read after waiting for the lock, so that sessions that expire meanwhile do not count.
        now = now or timezone.now()
        if (permission_flags or 0) & staff_mask() and not is_staff(current):
            raise InsufficientPermissions
        live = UserSession.objects.owned_by(current).active(now, owner=current)
        if parent and not live.filter(pk=parent.pk).exists():
            raise InvalidSession
        if by_password:
            second_factors().require_challenge(current, purpose=by_password)
        make_room(current, live, scoped=scoped, actor=actor)
        session = insert_session(
            user,
            now,
            client=client,
            lifetime=lifetime,
            name=name,
            location=location,
            jti=jti,
            dialect=dialect,
            permission_flags=permission_flags,
            password_mark=password_mark(current.password),
        )
        if permission_flags is None:
            note_full_login(current, session, actor=actor)
            # The attribute is None in a user model without that field.
            if api_settings().UPDATE_LAST_LOGIN and type(current).last_login is not None:
                # By a query, so that no signals and no save() method of the host run here.
                all_accounts().filter(pk=user.pk).update(last_login=now)
                user.last_login = now
        else:
            scopes = list(names_of(permission_flags))
            record(
                AuditEvent.Kind.SCOPED_SESSION,
                actor,
                subject=user,
                session=session.sid,
                scopes=scopes,
            )
            tell(NoticeKind.SCOPED_SESSION, current, actor=actor, name=session.name)
        token = token_of(session)
        send_after_commit(session_created, UserSession, session=session, client=client)
    return session, token


def token_of(session: UserSession) -> str:
    """Return the token of a session, as at its creation.

    :param session: one that has a token.
    """
    assert session.jti is not None
    return issue_session_token(
        sub=str(session.user_id),
        sid=session.sid,
        expires_at=session.expires_at,
        jti=session.jti,
        name=session.name,
        extra=adapter().claims(session),
    )


def create_scoped_session(
    user: AbstractBaseUser,
    *,
    client: Client,
    lifetime: timedelta,
    kind: Lifetime = Lifetime.SCOPED,
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
        kind=kind,
        dialect=dialect,
        name=name,
        permission_flags=permission_flags,
        parent=parent,
        by_password=parent.reverified_for if parent else "",
    )
