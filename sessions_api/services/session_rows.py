"""The steps by which every session begins, with a token or in the console."""

import uuid
from datetime import UTC, datetime, timedelta

from django.contrib.auth.base_user import AbstractBaseUser

from sessions_api.accounts.lookup import lock
from sessions_api.callers.clients import Client
from sessions_api.callers.devices import parse_device
from sessions_api.callers.locations import locate
from sessions_api.callers.session_names import default_session_name
from sessions_api.exceptions import Banned, InvalidPassword, InvalidUser
from sessions_api.models import AuditEvent, UserSession
from sessions_api.scopes import Scope
from sessions_api.services.audit import Actor, record
from sessions_api.services.new_locations import is_new_location
from sessions_api.services.notices import note_login
from sessions_api.services.same_password import is_same_password


def lock_for_login(user: AbstractBaseUser) -> AbstractBaseUser:
    """Lock the account for which a session is about to begin, and check that it still may.

    With the lock, parallel logins of a user get distinct ids without retries, and an account that
    was banned, deleted or given another password during the check gets no session.

    :returns: the account as it is now, locked until the transaction ends.
    :raises InvalidUser: the account has been deleted.
    :raises Banned: the account is banned.
    :raises InvalidPassword: the account's password has changed since ``user`` was read.
    """
    current = lock(user)
    if current is None:
        raise InvalidUser
    if not current.is_active:
        raise Banned
    if not is_same_password(user, current):
        raise InvalidPassword
    return current


def insert_session(
    user: AbstractBaseUser,
    now: datetime,
    *,
    client: Client,
    lifetime: timedelta,
    jti: uuid.UUID | None,
    password_mark: str,
    name: str | None = None,
    dialect: str = "",
    permission_flags: Scope | None = None,
    location: str | None = None,
) -> UserSession:
    """Insert the row of a session. The caller holds the account's lock.

    Parameters are those of :func:`~sessions_api.services.session_creation.create_session`.

    :param jti: the id of its token; None for the console.
    """
    device = parse_device(client.user_agent)
    sid = UserSession.objects.free_sid(user, int(now.timestamp()))
    return UserSession.objects.create(
        # The type checker knows this project's user model only; a host may have another.
        user=user,  # type: ignore[misc]
        sid=sid,
        jti=jti,
        name=name or default_session_name(client.user_agent, device, console=jti is None),
        dialect=dialect,
        permission_flags=permission_flags,
        address=client.address,
        location=locate(client.address) if location is None else location,
        user_agent=client.user_agent,
        browser=device.browser,
        browser_version=device.version,
        platform=device.platform,
        os=device.os,
        os_version=device.os_version,
        is_dev=device.is_dev,
        created_at=now,
        expires_at=datetime.fromtimestamp(sid, UTC) + lifetime,
        password_mark=password_mark,
    )


def note_full_login(
    owner: AbstractBaseUser, session: UserSession, *, actor: Actor, **detail: object
) -> None:
    """Audit a login with its location, and separately if that is new; tell the owner if it is.

    :param owner: as read with the lock.
    :param detail: further data for the audit event.
    """
    detail = {"session": session.sid, **detail}
    if session.location:
        detail["location"] = session.location
    kinds = [AuditEvent.Kind.LOGIN]
    if is_new_location(actor.account, session.location):
        kinds.append(AuditEvent.Kind.NEW_LOCATION)
    for kind in kinds:
        record(kind, actor, subject=actor.user, **detail)
    note_login(owner, session, actor=actor)
