"""Password marks, which tell whether a session's owner still has the password it began with.

A mark is a digest of the *encoded* hash. The hash has a random salt, so the mark reveals nothing of
the password, and each hash has its own mark. It depends on no secret, so that rotating
``SECRET_KEY`` ends no sessions. All unusable passwords share one mark.
"""

import hashlib
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Case, CharField, Func, OuterRef, Subquery, Value, When
from django.db.models.functions import Coalesce, Left
from django.db.models.sql.compiler import SQLCompiler

#: Length of a mark in characters: 128 bits in hexadecimal.
LENGTH = 32
#: The mark of every unusable password.
UNUSABLE = UNUSABLE_PASSWORD_PREFIX


def password_mark(encoded: str | None) -> str:
    """Return the mark of an encoded password: 1 to 32 ASCII characters.

    :param encoded: the content of a user's column ``password``.
    """
    encoded = encoded or ""
    if encoded.startswith(UNUSABLE_PASSWORD_PREFIX):
        return UNUSABLE
    return hashlib.sha256(encoded.encode()).hexdigest()[:LENGTH]


class Sha256(Func):
    """The SHA-256 digest of a text in UTF-8, in hexadecimal.

    Django's own function needs the extension pgcrypto; this one uses what PostgreSQL has built in
    since version 11.
    """

    function = "SHA256"
    output_field = CharField()

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any
    ) -> tuple[str, tuple[str | int, ...]]:
        template = "ENCODE(SHA256(CONVERT_TO(%(expressions)s, 'UTF8')), 'hex')"
        return self.as_sql(compiler, connection, template=template, **context)


def mark_of_column(name: str = "password") -> Case:
    """Return the SQL expression of :func:`password_mark` for a column."""
    return Case(
        When(**{f"{name}__startswith": UNUSABLE_PASSWORD_PREFIX}, then=Value(UNUSABLE)),
        default=Left(Sha256(Coalesce(name, Value(""))), LENGTH),
        output_field=CharField(),
    )


def mark_of_owner(owner: AbstractBaseUser | None = None) -> Subquery:
    """Return the SQL expression for the mark of the current password of a session's owner.

    :param owner: the owner of all sessions in the query, if known: the database then evaluates the
        subquery once rather than per session.
    """
    key = OuterRef("user_id") if owner is None else owner.pk
    account = get_user_model()._base_manager.filter(pk=key)
    return Subquery(account.values_list(mark_of_column()))
