"""Securing a hijacked account: locking out everybody who uses it."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils.crypto import salted_hmac

from sessions_api.accounts.privileges import may_manage
from sessions_api.exceptions import InsufficientPermissions
from sessions_api.models import AuditEvent, UserSession
from sessions_api.services.audit import Actor, record
from sessions_api.services.authority import lock_account, require_authority
from sessions_api.services.bans import set_banned
from sessions_api.services.ended_sessions import EndCause
from sessions_api.services.notices import NoticeKind, notices, suppress_notices, tell_others
from sessions_api.services.passwords import PasswordChanged, change_password, deliberate_change
from sessions_api.services.second_factors import second_factors
from sessions_api.services.sessions import end_all_sessions, end_sessions


@dataclass(frozen=True)
class SecuredAccount:
    """The result of :func:`secure_account`.

    :param user: the account as it is now.
    :param sessions: the number of sessions that were ended.
    :param factors: the number of second factors that were removed.
    :param banned: whether the account was banned by this operation.
    """

    user: AbstractBaseUser
    sessions: int
    factors: int
    banned: bool


def password_mark(user: AbstractBaseUser) -> str:
    """Return a text that changes with the account's password, and reveals nothing of it."""
    salt = "sessions_api.password_mark"
    return salted_hmac(salt, user.password, algorithm="sha256").hexdigest()


def secure_account(
    user: AbstractBaseUser,
    *,
    actor: Actor,
    reason: str,
    mark: str,
    mail_to: str = "",
    remove_factors: bool = False,
    ban: bool = False,
    claim: Callable[[AbstractBaseUser], None] = lambda account: None,
) -> SecuredAccount:
    """End every session of an account and invalidate its password, in one transaction.

    The new password also invalidates logins to Django's admin, challenges of second factors and
    password reset links, because each of them is bound to the password.

    :param mark: the :func:`password_mark` of the account when the actor decided to secure it.
    :param mail_to: the address to which the caller will send a password reset link. Without it the
        password is unusable in Django's sense, so that it cannot be reset either.
    :param remove_factors: whether to remove the second factors and backup codes as well.
    :param ban: whether to ban the account as well; an existing ban is never lifted.
    :param claim: called in the transaction with the account as it is now, locked, and its new
        password; may raise an error, which undoes everything.
    :raises PasswordChanged: the password has changed since then; nothing was done.
    :raises InvalidUser: the account has been deleted.
    :raises ApiError: the actor may no longer act; see :func:`~.authority.lock_account`.
    :raises InsufficientPermissions: the account ranks above the actor; or a link is to be mailed to
        a member of staff, and the actor is not a superuser.
    :raises Overloaded: too many passwords are being hashed at present; nothing was done.
    """
    # Before the transaction, because hashing takes long and the account would be locked meanwhile.
    password = make_password(secrets.token_urlsafe(32) if mail_to else None)
    with transaction.atomic():
        account = lock_account(user, actor=actor)
        if password_mark(account) != mark:
            raise PasswordChanged(account)
        if mail_to and not may_manage(require_authority(actor), account):
            raise InsufficientPermissions
        account.password = password
        claim(account)
        with deliberate_change():
            account.save(update_fields=["password"])
        factors = 0
        with suppress_notices():
            if remove_factors:
                factors = second_factors().remove_all(account, actor=actor, reason=reason)
            banned = ban and set_banned(account, True, actor=actor, reason=reason)
            unexpired = UserSession.objects.owned_by(account).unexpired()
            ended = end_sessions(
                unexpired,
                actor=actor,
                owner=account,
                locked=True,
                reason=reason,
                cause=EndCause.ACCOUNT_SECURED,
            )
        notices().note_secured(account)
        tell_others(NoticeKind.SECURED, [account], actor=actor)
        secured = SecuredAccount(account, len(ended), factors, banned)
        record(
            AuditEvent.Kind.ACCOUNT_SECURED,
            actor,
            subject=account,
            reason=reason,
            sessions=secured.sessions,
            password="revoked" if mail_to else "unusable",
            factors=secured.factors,
            banned=secured.banned,
            **({"mailed_to": mail_to} if mail_to else {}),
        )
    return secured


def secure_own_account(
    user: AbstractBaseUser,
    raw: str,
    *,
    actor: Actor,
    keep: UserSession | None,
    disowned: int,
    still_holds: Callable[[AbstractBaseUser], bool],
) -> None:
    """Change the password of an owner who does not recognize a session, and end all others.

    Links of earlier notices keep working, for it may be the hijacker who does this, and the owner
    who has them.

    :param raw: the new password, and the further parameters, as in
        :func:`~.passwords.change_password`.
    :param disowned: the id of the session.
    :raises PasswordChanged: as from there, as is InvalidUser; nothing was done.
    :raises Overloaded: too many passwords are being hashed at present; nothing was done.
    """
    reason = f"The owner did not recognize the session {disowned}."
    with transaction.atomic():
        account = change_password(
            user, raw, actor=actor, keep=keep, reason=reason, still_holds=still_holds
        )
        # Those that the settings let a new password spare.
        end_all_sessions(
            account, actor=actor, keep=keep, reason=reason, cause=EndCause.ACCOUNT_SECURED
        )
        record(
            AuditEvent.Kind.ACCOUNT_SECURED,
            actor,
            subject=account,
            reason=reason,
            session=disowned,
        )
