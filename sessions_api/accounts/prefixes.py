"""Finding accounts by the first characters of their names and email addresses."""

from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import CharField, F, Value
from django.db.models.functions import Lower, Upper

from sessions_api.accounts.lookup import all_accounts, email_field
from sessions_api.databases.prefixes import LAST, ByCodePoint

Folding = type[Upper] | type[Lower]


def prefix_fields() -> list[str]:
    """Return the login name and the email address, as far as an index finds their prefixes."""
    fields = (get_user_model().USERNAME_FIELD, email_field())
    return [field for field in fields if field and (_folding(field) or _has_pattern_index(field))]


def find_by_prefix(text: str, most: int) -> list[AbstractBaseUser]:
    """Return accounts whose login name or email address begins with a text.

    Case is ignored if the user model has an index for that: one of
    ``ByCodePoint(Upper("…"))``, or ``Lower``. A column that is unique, or has an index of its own,
    is searched for the text as it is.

    :param most: the maximum number of accounts by name, and of others by email address.
    """
    found: dict[object, AbstractBaseUser] = {}
    for field in dict.fromkeys(prefix_fields()):
        longest = getattr(get_user_model()._meta.get_field(field), "max_length", None)
        if longest is None or len(text) <= longest:
            found = {account.pk: account for account in _find(field, text, most)} | found
    return sorted(found.values(), key=lambda account: account.get_username())


def _find(field: str, text: str, most: int) -> list[AbstractBaseUser]:
    accounts = all_accounts().all()
    if (folding := _folding(field)) is None:
        # In the order of the column, PostgreSQL might search its plain index from end to end.
        return list(accounts.filter(**{f"{field}__startswith": text}).order_by()[:most])
    folded = accounts.alias(folded=ByCodePoint(folding(field)))
    ends = {"gte": folding(Value(text)), "lt": folding(Value(text + LAST))}
    matching = folded.filter(**{f"folded__{end}": value for end, value in ends.items()})
    return list(matching.order_by("folded")[:most])


def _folding(field: str) -> Folding | None:
    """Return the function of an index that finds prefixes in any case; None without one."""
    options = get_user_model()._meta.get_field(field).model._meta
    for index in options.indexes:
        first = index.expressions[0] if index.expressions else None
        if isinstance(first, ByCodePoint) and index.condition is None:
            [inner] = first.get_source_expressions()
            for folding in (Upper, Lower):
                if type(inner) is folding and inner.get_source_expressions() == [F(field)]:
                    return folding
    return None


def _has_pattern_index(field: str) -> bool:
    """Return whether Django has made an index for ``LIKE``, as on PostgreSQL for these columns."""
    column = get_user_model()._meta.get_field(field)
    if not isinstance(column, CharField):
        return False
    return column.unique or bool(getattr(column, "db_index", False))
