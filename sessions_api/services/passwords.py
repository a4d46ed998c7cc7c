"""New passwords, and what they end. Whoever changes one comes by here: :func:`change_password` for
those who say so, the receivers of the user model's signals for everybody else who saves an account.

What is written past ``save()``, by ``update()`` or SQL, is found out by the sessions themselves:
each knows the mark of the password with which it began (:mod:`sessions_api.passwords.marks`).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

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
from sessions_api.services.audit import Actor, record
from sessions_api.services.same_password import is_same_password
from sessions_api.services.sessions import end_sessions
from sessions_api.services.standing import look_again, require_staff

#: Why sessions end, where nobody gives a reason.
REASON = "The password was changed."
#: Who changes a password by a mere ``save()``, in a command or a host's own code.
UNNAMED = Actor(name="a change of the account")


class PasswordChanged(Exception):
    """The account's password is no longer the one that it had when the actor looked at it.

    :param account: as it is now.
    """

    def __init__(self, account: AbstractBaseUser) -> None:
        super().__init__()
        self.account = account


@dataclass(frozen=True)
class _Change:
    """A change of a password that is under way.

    :param is_settled: whether whoever makes it sees to the sessions and the audit trail as well.
    """

    actor: Actor
    reason: str
    is_settled: bool = False


_under_way: ContextVar[_Change | None] = ContextVar("password_change", default=None)


@contextmanager
def attributed_change(actor: Actor, reason: str = "") -> Iterator[None]:
    """Within this, passwords of accounts that are saved are changed by ``actor``."""
    with _change(_Change(actor, reason)):
        yield


@contextmanager
def deliberate_change() -> Iterator[None]:
    """Within this, a new password ends nothing of itself: the caller sees to the sessions and the
    audit trail."""
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
    """Give an account a new password. Its sessions end, scoped ones too, but for one.

    The new password is not validated; a form or serializer does that.

    :param user: the account as it was when the actor was allowed to do this, after the old password
        was checked, say. It gets the new hash.
    :param raw: the new password; None for an unusable one.
    :param keep: a session of the account that lives on: the one in which its owner does this.
    :param reason: why, for the audit trail.
    :param still_holds: whether what allows this still does, of the account as it is now.
    :returns: the account as it is now.
    :raises InvalidUser: the account has gone.
    :raises PasswordChanged: it has got another password since ``user`` was read, or what allowed
        this does so no more; nothing was done.
    :raises Overloaded: too many passwords are being hashed at present; nothing was done.
    """
    # Before the transaction: a hash takes its time, and the account would be locked meanwhile.
    encoded = make_password(raw)
    # It counts as new, even if the same text was found right for some hash just now.
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
    """Replace a hash by another of the same password, and take the sessions along.

    :param old: the hash against which the password was checked.
    :param new: the hash that was made of it then.
    :returns: whether the account had the old one; where it had not, nothing was done.
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


def note_new_password(user: AbstractBaseUser) -> None:
    """Audit a new password, and end the older sessions, once the account has been saved with it.

    :raises ApiError: whoever has set another's password may no longer act on that account; it
        belongs into the transaction of the save, which then comes to nothing.
    """
    change = _under_way.get() or _Change(UNNAMED, "")
    if change.is_settled:
        return
    with transaction.atomic():
        _look_again(change.actor, user)
        usable = {} if user.has_usable_password() else {"password": "unusable"}
        kind = AuditEvent.Kind.PASSWORD_CHANGED
        record(kind, change.actor, subject=user, reason=change.reason, **usable)
        if api_settings().PASSWORD_CHANGE_ENDS_SESSIONS:
            mark = password_mark(user.password)
            older = UserSession.objects.owned_by(user).unexpired().exclude(password_mark=mark)
            end_sessions(older, actor=change.actor, owner=user, reason=change.reason or REASON)


def _look_again(actor: Actor, account: AbstractBaseUser) -> None:
    """Look again at who sets another's password, now that the account is held: making the hash took
    its time, in which they may have been banned, or the account been given more power."""
    if actor.user is None or actor.user.pk == account.pk:
        return
    held = all_accounts().get(pk=account.pk)
    by_staff = is_staff(actor.user)
    now = require_staff(actor, permission_on_accounts("change")) if by_staff else look_again(actor)
    if not may_manage(now, held):
        raise InsufficientPermissions


@contextmanager
def _change(change: _Change) -> Iterator[None]:
    token = _under_way.set(change)
    try:
        yield
    finally:
        _under_way.reset(token)
