"""Authorization rules shared by the API, the admin and the services.

Each staff action requires one of Django's permissions. Only superusers may act on superusers,
and only superusers may manage how staff log in, so that the permission to manage accounts cannot be
used to gain further privileges.

The user model may lack any of this. Without ``has_perm()`` every member of staff may do everything;
without a column ``is_superuser`` no account ranks above another.
"""

from typing import TypeVar

from django.contrib.auth import get_permission_codename, get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import Model, QuerySet

from sessions_api.accounts.kinds import Caller
from sessions_api.accounts.lookup import is_staff
from sessions_api.exceptions import InsufficientPermissions

Rows = TypeVar("Rows", bound=QuerySet[Model, object])

VIEW_SESSIONS = "sessions_api.view_usersession"
END_SESSIONS = "sessions_api.delete_usersession"
VIEW_KILL_SWITCHES = "killswitches.view_killswitch"
FLIP_KILL_SWITCHES = "killswitches.change_killswitch"


def permission_on_accounts(verb: str) -> str:
    """Return the name of a permission on the host's user model: ``app.codename``.

    :param verb: ``view``, ``add``, ``change`` or ``delete``. A ban requires ``change``.
    """
    options = get_user_model()._meta
    return f"{options.app_label}.{get_permission_codename(verb, options)}"


def may(actor: Caller, permission: str | None) -> bool:
    """Return True if the actor is staff, is not banned and has the permission.

    Takes two queries if Django has not yet cached the account's permissions; none for superusers.

    :param permission: None if being staff is enough.
    """
    if not (actor.is_active and is_staff(actor)):
        return False
    has_perm = getattr(actor, "has_perm", None)
    return permission is None or has_perm is None or has_perm(permission)


def is_unrestricted(actor: Caller | None) -> bool:
    """Return True if no account ranks above the actor.

    :param actor: None for a command or the service itself, which are not restricted:
        anybody with a shell can change the database anyway.
    """
    return actor is None or is_superuser(actor) or not _has_superusers()


def may_act_on(actor: Caller | None, account: AbstractBaseUser) -> bool:
    """Return True if the actor's permissions extend to this account.

    Applies to ending its sessions, removing its second factors and banning it.
    """
    return is_unrestricted(actor) or not is_superuser(account)


def may_manage(actor: Caller | None, account: AbstractBaseUser) -> bool:
    """Return True if an actor who may change accounts may also manage this one's login.

    Applies to setting its password, changing its name and email address, and deleting it.
    """
    return is_unrestricted(actor) or not (is_staff(account) or is_superuser(account))


def may_ban(actor: Caller, account: AbstractBaseUser) -> bool:
    """Return True if an actor who may change accounts may ban this one, or lift its ban.

    Nobody may ban themselves.
    """
    return may_act_on(actor, account) and actor.pk != account.pk


def require_power_over(actor: Caller | None, account: AbstractBaseUser) -> None:
    """Raise an error unless the actor :func:`may_act_on` the account.

    :raises InsufficientPermissions: the account ranks above the actor.
    """
    if not may_act_on(actor, account):
        raise InsufficientPermissions


def within_reach(actor: Caller | None, rows: Rows, account: str = "") -> Rows:
    """Filter a queryset to the rows whose account the actor may act on.

    :param account: the lookup prefix from a row to its account, for example ``user__``; empty if
        the rows are accounts.
    """
    return rows if is_unrestricted(actor) else without_superusers(rows, account)


def without_superusers(rows: Rows, account: str = "") -> Rows:
    """Filter a queryset to the rows whose account is not a superuser's.

    :param account: as in :func:`within_reach`. The user model must have ``is_superuser``.
    """
    return rows.exclude(**{f"{account}is_superuser": True})


def is_superuser(account: Caller) -> bool:
    """Return True for a superuser, even a banned one."""
    return bool(getattr(account, "is_superuser", False))


def _has_superusers() -> bool:
    return any(field.name == "is_superuser" for field in get_user_model()._meta.concrete_fields)
