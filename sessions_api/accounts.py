"""What this app asks of the host's user model, whatever it is."""

from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError

#: How many characters a name may have in a field that states no limit.
LONGEST_NAME = 1000


def is_staff(user: Any) -> bool:
    """Whether the user is staff; models without such a flag have no staff."""
    return bool(getattr(user, "is_staff", False))


def user_key(text: str) -> Any | None:
    """The primary key whose text form is exactly this, or None where no key of the model has it."""
    field = get_user_model()._meta.pk
    if "\x00" in text or not text.isprintable():
        return None
    try:
        key = field.to_python(text)
        # Among them that the column can hold the number, which not every database takes well.
        field.run_validators(key)
    except (ValidationError, ValueError):
        return None
    return key if str(key) == text else None


def find_by_id(text: str) -> AbstractBaseUser | None:
    """The user whose id has this text form."""
    key = user_key(text)
    return None if key is None else get_user_model()._base_manager.filter(pk=key).first()


def lock(user: AbstractBaseUser) -> AbstractBaseUser | None:
    """The account as it stands now, held until the transaction around this ends.

    :returns: None where the account has gone.
    """
    accounts = get_user_model()._base_manager.select_for_update(of=("self",), no_key=True)
    return accounts.filter(pk=user.pk).first()


def find_by_login(name: str) -> AbstractBaseUser | None:
    """The user of this login name, whatever its case.

    Where a host lets names differ in nothing but case, only the exact name finds its user; a name
    that two users share finds neither.
    """
    model = get_user_model()
    # In Unicode's decomposed forms a character takes up to four. To normalize takes time in
    # proportion to the square of the length, so what is beyond every name is not.
    if len(name) > 4 * _longest(model.USERNAME_FIELD):
        return None
    return _find(model.USERNAME_FIELD, model.normalize_username(name))


def find_by_email(address: str) -> AbstractBaseUser | None:
    """The user of this email address, as :func:`find_by_login`; None in models without one."""
    model = get_user_model()
    field = getattr(model, "EMAIL_FIELD", "")
    # Subclasses of Django's AbstractUser inherit the name even where they drop the field.
    known = {one.name for one in model._meta.get_fields()}
    return _find(field, address) if field in known else None


def _find(field: str, name: str) -> AbstractBaseUser | None:
    if len(name) > _longest(field):
        return None
    model = get_user_model()
    users = model._base_manager
    for lookup in (f"{field}__iexact", field):
        matches = list(users.filter(**{lookup: name})[:2])
        if len(matches) < 2:
            return matches[0] if matches else None
    return None


def _longest(field: str) -> int:
    """How many characters a name in this field may have."""
    return getattr(get_user_model()._meta.get_field(field), "max_length", None) or LONGEST_NAME
