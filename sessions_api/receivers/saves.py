"""What a save of an account writes."""

from typing import TypeGuard

from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import Model


def writes(
    instance: Model, field: str, update_fields: frozenset[str] | None
) -> TypeGuard[AbstractBaseUser]:
    """Return whether an instance is an existing account, and its save writes a field.

    The receivers are not connected by sender, because the sender for a proxy model is the proxy.
    """
    return (
        isinstance(instance, get_user_model())
        and not instance._state.adding
        and (update_fields is None or field in update_fields)
        and field not in instance.get_deferred_fields()
    )
