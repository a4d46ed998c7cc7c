"""Snapshots of what accounts and groups may do, and the differences between two of them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import Manager

if TYPE_CHECKING:
    from django.contrib.auth.models import Group, Permission

#: The fields of an account that give it privileges.
PRIVILEGES = ("is_staff", "is_superuser", "groups", "user_permissions")

#: A snapshot by kind: flags that are set, names of groups, permissions as ``app.codename``.
Powers = Mapping[str, frozenset[str]]


def flags_of(account: AbstractBaseUser) -> Powers:
    """Return which of ``is_staff`` and ``is_superuser`` are set on the object, without a query."""
    names = ("is_staff", "is_superuser")
    return {"flags": frozenset(name for name in names if getattr(account, name, False))}


def memberships_of(account: AbstractBaseUser) -> Powers:
    """Return an account's groups and its own permissions, with one query for each.

    Both are empty if the user model does not have them.
    """
    groups, permissions = getattr(account, "groups", None), "user_permissions"
    return {
        "groups": frozenset(groups.values_list("name", flat=True)) if groups else frozenset(),
        "permissions": _names(getattr(account, permissions, None)),
    }


def granted_by(group: "Group") -> Powers:
    """Return the permissions that a group gives its members, with one query."""
    return {"permissions": _names(group.permissions)}


def changes(before: Powers, after: Powers) -> dict[str, dict[str, list[str]]]:
    """Return what differs between two snapshots, as JSON.

    :returns: by kind, the sorted names under ``added`` and ``removed``; no empty entries.
    """
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
