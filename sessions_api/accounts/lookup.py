"""Finding and locking accounts of any user model."""

from collections.abc import Iterable

from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db.models import Case, F, Manager, OrderBy, UniqueConstraint, Value, When
from django.db.models.functions import Lower, Upper

from sessions_api.accounts.kinds import AccountKey, Caller
from sessions_api.conf import api_settings

#: Characters that a name may have in a field without ``max_length``.
LONGEST_NAME = 1000

#: Names of the index classes that find equal values. Not the classes themselves: other databases
#: need not import those of PostgreSQL.
EQUALITY_INDEXES = {"Index", "BTreeIndex", "HashIndex"}


def is_staff(user: Caller) -> bool:
    """Return True if the user is staff. A model without ``is_staff`` has no staff."""
    return bool(getattr(user, "is_staff", False))


def has_column(name: str) -> bool:
    """Return whether the user model has a column of this name, not just an attribute."""
    return any(field.name == name for field in get_user_model()._meta.concrete_fields)


def user_key(text: str) -> AccountKey | None:
    """Return the primary key whose text form is exactly ``text``.

    :returns: None if no key of the user model has that form.
    """
    field = get_user_model()._meta.pk
    if "\x00" in text or not text.isprintable():
        return None
    try:
        key = field.to_python(text)
        # They also check that the number fits the column: some databases raise if it does not.
        field.run_validators(key)
    except (ValidationError, ValueError):
        return None
    return key if str(key) == text else None


def find_by_id(text: str) -> AbstractBaseUser | None:
    """Return the user whose primary key has this text form, or None."""
    key = user_key(text)
    return None if key is None else all_accounts().filter(pk=key).first()


def names_by_id(texts: Iterable[str]) -> dict[str, str]:
    """Return the names of the users whose primary keys have these text forms, in one query."""
    keys = [key for text in texts if (key := user_key(text)) is not None]
    accounts = all_accounts().in_bulk(keys).values()
    return {str(one.pk): one.get_username() for one in accounts}


def lock(user: AbstractBaseUser) -> AbstractBaseUser | None:
    """Lock an account's row until the end of the transaction and read it again.

    :returns: the account as it is now; None if it has been deleted.
    """
    accounts = all_accounts().select_for_update(of=("self",), no_key=True)
    return accounts.filter(pk=user.pk).first()


def lock_all(keys: Iterable[AccountKey]) -> list[AbstractBaseUser]:
    """Lock the rows of several accounts until the end of the transaction and read them again.

    :returns: those that still exist, ordered by primary key.
    """
    accounts = all_accounts().select_for_update(of=("self",), no_key=True)
    # Every transaction locks in the same order, so that two of them cannot deadlock.
    return list(accounts.filter(pk__in=keys).order_by("pk"))


def find_by_login(name: str) -> AbstractBaseUser | None:
    """Return the user of a login name, or None.

    Case is ignored if an index supports that (see :func:`indexed_folding`) or
    ``CASE_INSENSITIVE_LOGIN_SCAN`` is set. Where several names differ only in case, only the exact
    name finds its user. A name that is ambiguous even so finds nobody.

    Takes one query, which is the same whether the user exists or not.
    """
    model = get_user_model()
    # A character takes up to four code points in Unicode's decomposed forms. Normalizing takes
    # quadratic time, so a text that is too long for any name is not normalized.
    if len(name) > 4 * _longest(model.USERNAME_FIELD):
        return None
    return _find(model.USERNAME_FIELD, model.normalize_username(name))


def canonical_name(name: str) -> str:
    """Return the one spelling of a name that no account has.

    It is the same for all spellings under which a login would find the same account, and not longer
    than a login name may be.
    """
    model = get_user_model()
    longest = _longest(model.USERNAME_FIELD)
    canonical = model.normalize_username(name[: 4 * longest])[:longest]
    return canonical.lower() if _folding(model.USERNAME_FIELD) else canonical


def find_by_email(address: str) -> AbstractBaseUser | None:
    """Return the user of an email address, matched as in :func:`find_by_login`.

    :returns: None if there is no such user, or if the user model has no email field.
    """
    field = email_field()
    return _find(field, address) if field else None


def find_by_login_or_email(name: str) -> AbstractBaseUser | None:
    """Return the user of a login name or, failing that, of an email address.

    With ``HIDE_UNKNOWN_USERS`` both queries always run: otherwise the time taken would reveal
    whether the login name exists.
    """
    user = find_by_login(name)
    if user is not None and not api_settings().HIDE_UNKNOWN_USERS:
        return user
    by_email = find_by_email(name)
    return user or by_email


def find_accounts(term: str) -> set[AccountKey]:
    """Return the primary keys of the accounts whose login name, email address or id is the term."""
    found = (find(term) for find in (find_by_login, find_by_email, find_by_id))
    return {account.pk for account in found if account is not None}


def email_field() -> str | None:
    """Return the name of the user model's email field, or None if it has none."""
    model = get_user_model()
    name = getattr(model, "EMAIL_FIELD", "")
    # Subclasses of Django's AbstractUser inherit the name even where they drop the field.
    return name if name in {one.name for one in model._meta.get_fields()} else None


def indexed_folding(field: str) -> type[Upper] | type[Lower] | None:
    """Return the function by which an index of the user model ignores the case of a field.

    :returns: ``Upper`` or ``Lower``; None if there is no such index.
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
    """Return the base manager of the user model, typed so that it fits any model."""
    return get_user_model()._base_manager


def _find(field: str, name: str) -> AbstractBaseUser | None:
    if len(name) > _longest(field):
        return None
    users = all_accounts().all()
    folding = _folding(field)
    if folding is None:
        matches = list(users.filter(**{field: name})[:2])
    else:
        # Not __iexact: on SQLite it uses no index, on PostgreSQL none on Lower().
        in_any_case = users.alias(folded=folding(field)).filter(folded=folding(Value(name)))
        exact_first = Case(When(**{field: name}, then=0), default=1)
        matches = list(in_any_case.order_by(exact_first)[:2])
    exact = [one for one in matches if getattr(one, field) == name]
    candidates = exact or matches
    return candidates[0] if len(candidates) == 1 else None


def _folding(field: str) -> type[Upper] | type[Lower] | None:
    """Return the function by which logins ignore the case of a field; None if they do not."""
    scan = Upper if api_settings().CASE_INSENSITIVE_LOGIN_SCAN else None
    return indexed_folding(field) or scan


def _serves_equality(index: object) -> bool:
    """Return True for a unique constraint, a B-tree or a hash index: these find equal values."""
    return isinstance(index, UniqueConstraint) or type(index).__name__ in EQUALITY_INDEXES


def _longest(field: str) -> int:
    """Return the number of characters that a value of the field may have."""
    return getattr(get_user_model()._meta.get_field(field), "max_length", None) or LONGEST_NAME
