"""Authorizing the actor again, in the transaction of the operation.

After a request has been authorized it may wait, for a queue slot or for a locked account. In the
meantime its session may end, and its owner may be banned or have their account secured. Nothing
that outlasts the request, such as a new second factor, may be created after that.
"""

from django.contrib.auth.base_user import AbstractBaseUser

from sessions_api.accounts.lookup import all_accounts, is_staff, lock
from sessions_api.accounts.privileges import is_unrestricted, may, require_power_over
from sessions_api.exceptions import (
    Banned,
    InsufficientPermissions,
    InvalidSession,
    InvalidUser,
)
from sessions_api.models import UserSession
from sessions_api.services.audit import Actor
from sessions_api.services.same_password import is_same_password
from sessions_api.services.second_factors import second_factors

#: The errors of these functions if the actor may no longer act.
AUTHORITY_ERRORS = (Banned, InsufficientPermissions, InvalidSession)


def lock_account(user: AbstractBaseUser, *, actor: Actor) -> AbstractBaseUser:
    """Lock the account that is affected, then authorize the actor again.

    Call it at the beginning of the transaction. Takes a query for the lock and one for the actor;
    none for the actor if it is a command, or for one's own account in the admin. If the actor was
    reverified, it takes one more; for the permissions of staff who are not superusers, two.

    :returns: the account as it is now, locked until the transaction ends.
    :raises InvalidUser: the account has been deleted.
    :raises InsufficientPermissions: the account is somebody else's, and the actor may no longer
        change it.
    :raises SecondFactorChallengeRequired: the actor was reverified by password alone, and has
        enrolled a second factor since.
    :raises ApiError: see :func:`require_authority`.
    """
    account = lock(user)
    now = require_authority(actor, locked=account)
    if now is not None and now.pk != user.pk and not is_staff(now):
        raise InsufficientPermissions
    if now is not None and actor.session is not None and actor.session.reverified_for:
        # The password alone is no longer enough if a second factor has been enrolled since.
        second_factors().require_challenge(now, purpose=actor.session.reverified_for)
    if account is None:
        raise InvalidUser
    if now is not None and now.pk != account.pk:
        require_power_over(now, account)
    return account


def reread_actor(actor: Actor, *, locked: AbstractBaseUser | None = None) -> AbstractBaseUser:
    """Read the actor's account again, and check that it may still be used.

    :param locked: a locked account, which saves the query if it is the actor's own.
    :raises InvalidSession: the session has ended, the account has been deleted, or its password has
        changed since the request began.
    :raises Banned: the actor has been banned.
    """
    now = _as_of_now(actor, locked)
    if now is None or not is_same_password(actor.account, now):
        raise InvalidSession
    if not now.is_active:
        raise Banned
    return now


def require_authority(
    actor: Actor, *, locked: AbstractBaseUser | None = None
) -> AbstractBaseUser | None:
    """Authorize the actor again.

    Call it in the transaction of the operation, after its locks have been acquired. Takes a query,
    and two more for the permissions of staff who are not superusers; none for a command.

    :param locked: see :func:`reread_actor`.
    :returns: the actor's account as it is now; None for a command.
    :raises InsufficientPermissions: the actor has lost a permission by which they act, or is no
        longer a superuser.
    :raises ApiError: see :func:`reread_actor`.
    """
    if actor.user is None:
        return None
    now = reread_actor(actor, locked=locked)
    is_by_staff = bool(actor.permissions)
    if is_by_staff and is_unrestricted(actor.user) and not is_unrestricted(now):
        raise InsufficientPermissions
    if not all(may(now, permission) for permission in actor.permissions):
        raise InsufficientPermissions
    return now


def _as_of_now(actor: Actor, account: AbstractBaseUser | None) -> AbstractBaseUser | None:
    """Read the actor's account again; None if it was deleted or its session has ended."""
    if actor.session is not None:
        live = UserSession.objects.active().select_related("user")
        session = live.filter(pk=actor.session.pk, user=actor.session.user_id).first()
        return None if session is None else session.user
    if account is not None and account.pk == actor.account.pk:
        return account
    return all_accounts().filter(pk=actor.account.pk).first()
