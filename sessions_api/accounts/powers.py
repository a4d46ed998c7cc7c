"""What accounts and groups may do, as it stands, and how that differs from what it was before."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import Manager

if TYPE_CHECKING:
    from django.contrib.auth.models import Group, Permission

#: The fields of an account by which it may do more than others.
PRIVILEGES = ("is_staff", "is_superuser", "groups", "user_permissions")

#: By their kind: flags that are set, names of groups, permissions as ``app.codename``.
Powers = Mapping[str, frozenset[str]]


def flags_of(account: AbstractBaseUser) -> Powers:
    """Whether an account is of the staff, and a superuser's, as the object has it."""
    names = ("is_staff", "is_superuser")
    return {"flags": frozenset(name for name in names if getattr(account, name, False))}


def memberships_of(account: AbstractBaseUser) -> Powers:
    """An account's groups and its own permissions, in one query each; none where its model has
    none."""
    groups, permissions = getattr(account, "groups", None), "user_permissions"
    return {
        "groups": frozenset(groups.values_list("name", flat=True)) if groups else frozenset(),
        "permissions": _names(getattr(account, permissions, None)),
    }


def gifts_of(group: "Group") -> Powers:
    """The permissions that a group gives its members, in one query."""
    return {"permissions": _names(group.permissions)}


def changes(before: Powers, after: Powers) -> dict[str, dict[str, list[str]]]:
    """What has been added and what removed, as JSON; empty where nothing has."""
    found = {
        kind: {
            "added": sorted(now - before.get(kind, frozenset())),
            "removed": sorted(before.get(kind, frozenset()) - now),
        }
        for kind, now in after.items()
    }
    return {
        kind: {how: names for how, names in change.items() if names}
        for kind, change in found.items()
        if any(change.values())
    }


def _names(permissions: "Manager[Permission] | None") -> frozenset[str]:
    if permissions is None:
        return frozenset()
    pairs = permissions.values_list("content_type__app_label", "codename")
    return frozenset(f"{app}.{codename}" for app, codename in pairs)
