"""Who may do what: the rules that the API, the admin and the services behind both of them ask.

A deed takes one of Django's permissions, by which members of staff differ from each other. Whoever
has it still acts on nobody above themselves: superusers are for superusers alone, and how members
of staff log in is for superusers to manage, so that managing accounts is no way up.

A host's user model needs none of this. Without ``has_perm()`` every member of staff may do
everything, and without a column ``is_superuser`` nobody is above another.
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
    """The permission to ``view``, ``add``, ``change`` or ``delete`` accounts of the host's model;
    ``change`` is what a ban takes."""
    options = get_user_model()._meta
    return f"{options.app_label}.{get_permission_codename(verb, options)}"


def may(actor: Caller, permission: str | None) -> bool:
    """Whether somebody is of the staff, not banned, and has a permission.

    Takes two queries where the account's permissions have not been asked for yet, and none for
    superusers.

    :param permission: None where being of the staff is enough.
    """
    if not (actor.is_active and is_staff(actor)):
        return False
    has_perm = getattr(actor, "has_perm", None)
    return permission is None or has_perm is None or has_perm(permission)


def reaches_everybody(actor: Caller | None) -> bool:
    """Whether no account is above the actor.

    :param actor: None for a command or the service itself: whoever has the shell has the database.
    """
    return actor is None or is_superuser(actor) or not _has_superusers()


def may_act_on(actor: Caller | None, account: AbstractBaseUser) -> bool:
    """Whether the actor, who has the permission for it, may also do it to this account: end its
    sessions, remove its second factors, ban it."""
    return reaches_everybody(actor) or not is_superuser(account)


def may_manage(actor: Caller | None, account: AbstractBaseUser) -> bool:
    """Whether the actor, who may change accounts, may also decide who this one is and how it logs
    in: set its password, change its name and address, delete it."""
    return reaches_everybody(actor) or not (is_staff(account) or is_superuser(account))


def require_power_over(actor: Caller | None, account: AbstractBaseUser) -> None:
    """Refuse what :func:`may_act_on` forbids.

    :raises InsufficientPermissions: the account is above the actor.
    """
    if not may_act_on(actor, account):
        raise InsufficientPermissions


def within_reach(actor: Caller | None, rows: Rows, account: str = "") -> Rows:
    """Those of the rows on whose account the actor may act.

    :param account: the lookup that leads from a row to its account, ``user__`` for instance.
    """
    if reaches_everybody(actor):
        return rows
    return rows.exclude(**{f"{account}is_superuser": True})


def is_superuser(account: Caller) -> bool:
    """Whether an account is a superuser's, banned or not."""
    return bool(getattr(account, "is_superuser", False))


def _has_superusers() -> bool:
    return any(field.name == "is_superuser" for field in get_user_model()._meta.concrete_fields)
