"""Whether whoever acts may still act, at the moment of the deed.

A request is let in, and then it waits: for its turn to hash, for an account that somebody else has
locked. Meanwhile its session may be ended, its owner's account be secured or banned. What lasts
beyond the request, such as a second factor, must not come about after that.
"""

from django.contrib.auth.base_user import AbstractBaseUser

from sessions_api.accounts.lookup import all_accounts, is_staff, lock
from sessions_api.accounts.privileges import may, reaches_everybody
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

#: What the functions here raise where the actor may no longer act.
NO_STANDING = (Banned, InsufficientPermissions, InvalidSession)


def lock_account(user: AbstractBaseUser, *, actor: Actor) -> AbstractBaseUser:
    """Lock the account to which something is to be done, then look again at whoever does it.

    It belongs at the beginning of the deed's transaction. Takes a query for the lock and another
    one for the actor, but none for a command, or in the admin for one's own account; one more where
    the actor has given their password.

    :returns: the account as it stands now, held until the transaction ends.
    :raises InvalidUser: it has gone.
    :raises InvalidSession: the actor's session has ended, or their account has gone or has another
        password than when the request began.
    :raises Banned: the actor has been banned.
    :raises InsufficientPermissions: it is another's account, and the actor is of the staff no more.
    :raises SecondFactorChallengeRequired: the actor has given their password alone, and has a
        second factor by now.
    """
    account = lock(user)
    if actor.user is not None:
        now = look_again(actor, held=account)
        if now.pk != user.pk and not is_staff(now):
            raise InsufficientPermissions
        if actor.session is not None and actor.session.reverified_for:
            # A password was enough. It is no more, if a second factor has been enrolled meanwhile.
            second_factors().require_challenge(now, purpose=actor.session.reverified_for)
    if account is None:
        raise InvalidUser
    return account


def look_again(actor: Actor, *, held: AbstractBaseUser | None = None) -> AbstractBaseUser:
    """The actor's account as it stands now, if its session lives and it is not banned.

    :param held: an account that has just been read, which may be the actor's own.
    :raises InvalidSession: the session has ended, or the account has gone or has another password
        than when the request began.
    :raises Banned: the actor has been banned.
    """
    now = _as_of_now(actor, held)
    if now is None or not is_same_password(actor.account, now):
        raise InvalidSession
    if not now.is_active:
        raise Banned
    return now


def require_staff(actor: Actor, permission: str | None) -> AbstractBaseUser | None:
    """Look again at whoever does something as a member of the staff, who has been let in before.

    It belongs into the deed's transaction, after what it waits for has been locked. Takes a query,
    and two more for the permissions of who is no superuser; none for a command.

    :param permission: what the deed takes; None where being of the staff is enough.
    :returns: the actor's account as it stands now; None for a command.
    :raises InsufficientPermissions: the actor has lost the permission, or is of the staff or a
        superuser no more.
    :raises ApiError: as :func:`look_again`.
    """
    if actor.user is None:
        return None
    now = look_again(actor)
    has_less_reach = reaches_everybody(actor.user) and not reaches_everybody(now)
    if has_less_reach or not may(now, permission):
        raise InsufficientPermissions
    return now


def _as_of_now(actor: Actor, account: AbstractBaseUser | None) -> AbstractBaseUser | None:
    """The actor's account as it stands now; None where it has gone, or its session has ended."""
    if actor.session is not None:
        live = UserSession.objects.active().select_related("user")
        session = live.filter(pk=actor.session.pk).first()
        return None if session is None else session.user
    if account is not None and account.pk == actor.account.pk:
        return account
    return all_accounts().filter(pk=actor.account.pk).first()
