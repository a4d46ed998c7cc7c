"""What this app asks of the host's user model, whatever it is."""

from collections.abc import Iterable

from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db.models import Case, F, Manager, OrderBy, UniqueConstraint, Value, When
from django.db.models.functions import Lower, Upper

from sessions_api.accounts.kinds import AccountKey, Caller
from sessions_api.conf import api_settings

#: How many characters a name may have in a field that states no limit.
LONGEST_NAME = 1000

#: Classes of indexes that find equal values; those of PostgreSQL are not there on every database.
EQUALITY_INDEXES = {"Index", "BTreeIndex", "HashIndex"}


def is_staff(user: Caller) -> bool:
    """Whether the user is staff; models without such a flag have no staff."""
    return bool(getattr(user, "is_staff", False))


def user_key(text: str) -> AccountKey | None:
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
    return None if key is None else all_accounts().filter(pk=key).first()


def lock(user: AbstractBaseUser) -> AbstractBaseUser | None:
    """The account as it stands now, held until the transaction around this ends.

    :returns: None where the account has gone.
    """
    accounts = all_accounts().select_for_update(of=("self",), no_key=True)
    return accounts.filter(pk=user.pk).first()


def lock_all(keys: Iterable[AccountKey]) -> list[AbstractBaseUser]:
    """The accounts of these primary keys as they stand now, held until the transaction around this
    ends."""
    accounts = all_accounts().select_for_update(of=("self",), no_key=True)
    # In one order, so that nobody waits for somebody who waits for them.
    return list(accounts.filter(pk__in=keys).order_by("pk"))


def find_by_login(name: str) -> AbstractBaseUser | None:
    """The user of this login name, whatever its case where an index serves that.

    Where a host lets names differ in nothing but case, only the exact name finds its user; a name
    that two users share finds neither. It takes one query, of one form whether there is such a user
    or not.
    """
    model = get_user_model()
    # In Unicode's decomposed forms a character takes up to four. To normalize takes time in
    # proportion to the square of the length, so what is beyond every name is not.
    if len(name) > 4 * _longest(model.USERNAME_FIELD):
        return None
    return _find(model.USERNAME_FIELD, model.normalize_username(name))


def find_by_email(address: str) -> AbstractBaseUser | None:
    """The user of this email address, as :func:`find_by_login`; None in models without one."""
    field = email_field()
    return _find(field, address) if field else None


def find_by_login_or_email(name: str) -> AbstractBaseUser | None:
    """The user of this login name, or else of this email address.

    Where unknown users are hidden, both are always asked for: how many queries there are would tell
    whether there is such a login name.
    """
    user = find_by_login(name)
    if user is not None and not api_settings().HIDE_UNKNOWN_USERS:
        return user
    by_email = find_by_email(name)
    return user or by_email


def email_field() -> str | None:
    """The name of the user model's field of email addresses, if it has one."""
    model = get_user_model()
    name = getattr(model, "EMAIL_FIELD", "")
    # Subclasses of Django's AbstractUser inherit the name even where they drop the field.
    return name if name in {one.name for one in model._meta.get_fields()} else None


def indexed_folding(field: str) -> type[Upper] | type[Lower] | None:
    """By which function an index of the user model finds texts of a field whatever their case.

    :returns: None where no index does.
    """
    options = get_user_model()._meta.get_field(field).model._meta
    for one in (*options.constraints, *options.indexes):
        if not _serves_equality(one) or one.condition is not None or not one.expressions:
            continue
        first = one.expressions[0]
        if isinstance(first, OrderBy):
            first = first.expression
        for folding in (Upper, Lower):
            if type(first) is folding and first.get_source_expressions() == [F(field)]:
                return folding
    return None


def all_accounts() -> Manager[AbstractBaseUser]:
    """Every account, of whichever model: the type checker knows the fields of this project's."""
    return get_user_model()._base_manager


def _find(field: str, name: str) -> AbstractBaseUser | None:
    if len(name) > _longest(field):
        return None
    users = all_accounts().all()
    folding = indexed_folding(field)
    if folding is None and api_settings().CASE_INSENSITIVE_LOGIN_SCAN:
        folding = Upper
    if folding is None:
        matches = list(users.filter(**{field: name})[:2])
    else:
        # Not __iexact, which no index serves on SQLite, nor one of lower case on PostgreSQL.
        in_any_case = users.alias(folded=folding(field)).filter(folded=folding(Value(name)))
        exact_first = Case(When(**{field: name}, then=0), default=1)
        matches = list(in_any_case.order_by(exact_first)[:2])
    exact = [one for one in matches if getattr(one, field) == name]
    candidates = exact or matches
    return candidates[0] if len(candidates) == 1 else None


def _serves_equality(index: object) -> bool:
    """Whether it is an index of a sort that finds equal values: a unique constraint, a B-tree or a
    hash."""
    return isinstance(index, UniqueConstraint) or type(index).__name__ in EQUALITY_INDEXES


def _longest(field: str) -> int:
    """How many characters a name in this field may have."""
    return getattr(get_user_model()._meta.get_field(field), "max_length", None) or LONGEST_NAME
