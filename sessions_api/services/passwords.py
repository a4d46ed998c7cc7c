"""Changing passwords, which ends the sessions that began with the old one.

:func:`change_password` changes one explicitly. Receivers of the user model's signals handle every
other ``save()`` of an account with a new password. Changes that bypass ``save()``, by ``update()``
or SQL, are noticed by the sessions, which store a mark of the password they began with
(:mod:`sessions_api.passwords.marks`).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace

from django.contrib.auth import password_validation
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.hashers import make_password
from django.db import transaction

from sessions_api.accounts.kinds import AccountKey
from sessions_api.accounts.lookup import all_accounts, is_staff, lock
from sessions_api.accounts.privileges import may_manage, permission_on_accounts
from sessions_api.conf import api_settings
from sessions_api.exceptions import InsufficientPermissions, InvalidUser
from sessions_api.models import AuditEvent, UserSession
from sessions_api.passwords import upgrades
from sessions_api.passwords.marks import password_mark
from sessions_api.services.audit import UNNAMED, Actor, record
from sessions_api.services.authority import require_authority
from sessions_api.services.ended_sessions import EndCause
from sessions_api.services.notices import NoticeKind, suppress_notices, tell
from sessions_api.services.same_password import is_same_password
from sessions_api.services.sessions import end_sessions

#: The reason for ending the sessions if none is given.
REASON = "The password was changed."


class PasswordChanged(Exception):
    """The account's password has changed since the actor read the account.

    :param account: the account as it is now.
    """

    def __init__(self, account: AbstractBaseUser) -> None:
        super().__init__()
        self.account = account


@dataclass(frozen=True)
class _Change:
    """A change of a password in progress.

    :param is_settled: whether the code that makes it also ends the sessions and audits the change.
    """

    actor: Actor
    reason: str
    is_settled: bool = False


_under_way: ContextVar[_Change | None] = ContextVar("password_change", default=None)


@contextmanager
def attributed_change(actor: Actor, reason: str = "") -> Iterator[None]:
    """Attribute the password changes of accounts saved within this context to ``actor``."""
    with _change(_Change(actor, reason)):
        yield


@contextmanager
def deliberate_change() -> Iterator[None]:
    """Have new passwords neither end sessions nor be audited within this context.

    The caller does both.
    """
    with _change(_Change(UNNAMED, "", is_settled=True)):
        yield


def change_password(
    user: AbstractBaseUser,
    raw: str | None,
    *,
    actor: Actor,
    keep: UserSession | None = None,
    reason: str = "",
    still_holds: Callable[[AbstractBaseUser], bool] = lambda account: True,
) -> AbstractBaseUser:
    """Set an account's password and end all its sessions, including scoped ones, except ``keep``.

    The new password is not validated; a form or serializer does that.

    :param user: the account as it was when the operation was authorized, for example when the old
        password was checked. It gets the new hash.
    :param raw: the new password; None for an unusable one.
    :param keep: the session of the account that stays active: the one that its owner is using.
    :param reason: for the audit log.
    :param still_holds: called with the account as it is now; returns whether the operation is still
        authorized.
    :returns: the account as it is now.
    :raises InvalidUser: the account has been deleted.
    :raises PasswordChanged: the password has changed since ``user`` was read, or the operation is
        no longer authorized; nothing was done.
    :raises Overloaded: too many passwords are being hashed at present; nothing was done.
    """
    # Before the transaction, because hashing takes long and the account would be locked meanwhile.
    encoded = make_password(raw)
    # A new password, even if the same text has just been checked against some hash.
    upgrades.forget()
    with transaction.atomic():
        account = lock(user)
        if account is None:
            raise InvalidUser
        if not (is_same_password(user, account) and still_holds(account)):
            raise PasswordChanged(account)
        if keep is not None:
            kept = UserSession.objects.owned_by(account).filter(pk=keep.pk)
            kept.update(password_mark=password_mark(encoded), earlier_mark="")
        account.password = encoded
        with attributed_change(actor, reason):
            account.save(update_fields=["password"])
        if raw is not None:
            # The type checker knows this project's user model only.
            password_validation.password_changed(raw, account)  # type: ignore[arg-type]
    user.password = encoded
    return account


def carry_over(user_pk: AccountKey, old: str, new: str, *, using: str) -> bool:
    """Replace an account's hash by another one of the same password, and update its sessions.

    :param old: the hash that the password was checked against.
    :param new: the upgraded hash.
    :param using: the alias of the database.
    :returns: whether the account had the old hash; if not, nothing was done.
    """
    accounts = all_accounts().using(using)
    sessions = UserSession.objects.using(using)
    before, after = password_mark(old), password_mark(new)
    with transaction.atomic(using=using):
        if not accounts.filter(pk=user_pk, password=old).update(password=new):
            return False
        # The type checker knows this project's user model only.
        marked = sessions.filter(user=user_pk, password_mark=before)  # type: ignore[misc]
        marked.update(password_mark=after, earlier_mark=before)
    return True


def note_new_password(user: AbstractBaseUser, *, previous_email: str | None = None) -> None:
    """Audit a new password and end the older sessions, after the account has been saved with it.

    Call it in the transaction of the save, so that an error rolls that back.

    :param previous_email: the email address before the save, to which the notice goes; None if the
        save does not change it.
    :raises ApiError: the actor has set somebody else's password, and may no longer do so.
    """
    change = _under_way.get() or _Change(UNNAMED, "")
    if change.is_settled:
        return
    with transaction.atomic():
        _reauthorize(change.actor, user)
        usable = {} if user.has_usable_password() else {"password": "unusable"}
        kind = AuditEvent.Kind.PASSWORD_CHANGED
        record(kind, change.actor, subject=user, reason=change.reason, **usable)
        tell(NoticeKind.NEW_PASSWORD, user, actor=change.actor, address=previous_email)
        if api_settings().PASSWORD_CHANGE_ENDS_SESSIONS:
            mark = password_mark(user.password)
            older = UserSession.objects.owned_by(user).unexpired().exclude(password_mark=mark)
            with suppress_notices():
                end_sessions(
                    older,
                    actor=change.actor,
                    owner=user,
                    reason=change.reason or REASON,
                    cause=EndCause.NEW_PASSWORD,
                )


def _reauthorize(actor: Actor, account: AbstractBaseUser) -> None:
    """Authorize again an actor who sets somebody else's password, now that the account is locked.

    While the password was hashed, the actor may have been banned, or the account have been given
    more privileges.
    """
    if actor.user is None or actor.user.pk == account.pk:
        return
    current = all_accounts().get(pk=account.pk)
    by_staff = is_staff(actor.user)
    permissions = (permission_on_accounts("change"),) if by_staff else ()
    now = require_authority(replace(actor, permissions=permissions))
    if not may_manage(now, current):
        raise InsufficientPermissions


@contextmanager
def _change(change: _Change) -> Iterator[None]:
    token = _under_way.set(change)
    try:
        yield
    finally:
        _under_way.reset(token)
