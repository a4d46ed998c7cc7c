"""Only superusers act on superusers, so that managing accounts is no way to rise above others."""

from typing import Any, TypeVar

from django.contrib import messages
from django.contrib.auth import get_user_model
from django.db.models import QuerySet
from django.http import HttpRequest

Rows = TypeVar("Rows", bound=QuerySet[Any])


def may_act_on(actor: Any, account: Any) -> bool:
    """Whether the actor may change, ban or delete an account or end its sessions."""
    return _is_superuser(actor) or not _is_superuser(account)


def reaches_everybody(actor: Any) -> bool:
    """Whether no account is beyond the actor; so it is too where the host knows no superusers."""
    return _is_superuser(actor) or not _has_superusers()


def within_reach(request: HttpRequest, rows: Rows, account: str = "") -> Rows:
    """Those rows on whose account the user of the request may act; a message tells of the others.

    :param account: the lookup that leads from a row to its account, ``user__`` for instance.
    """
    if reaches_everybody(request.user):
        return rows
    reachable = rows.exclude(**{f"{account}is_superuser": True})
    if left_out := rows.count() - reachable.count():
        messages.warning(request, f"Left alone, for want of superuser status: {left_out}.")
    return reachable


def _is_superuser(account: Any) -> bool:
    return bool(getattr(account, "is_superuser", False))


def _has_superusers() -> bool:
    return any(field.name == "is_superuser" for field in get_user_model()._meta.concrete_fields)
