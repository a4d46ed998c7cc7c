"""The mark of a password: by it a session tells whether its owner still has the password with which
it began.

A mark is a digest of the *encoded* hash, which has a random salt: it says nothing of the password,
and another hash has another mark. It depends on no secret, so that a rotated ``SECRET_KEY`` ends no
session. All unusable passwords have one mark, for none of them is a password.
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

#: Characters of a mark: 128 bits in hexadecimal.
LENGTH = 32
#: The mark of every unusable password.
UNUSABLE = UNUSABLE_PASSWORD_PREFIX


def password_mark(encoded: str | None) -> str:
    """The mark of an encoded password, as a user's row keeps it: 1 to 32 ASCII characters."""
    encoded = encoded or ""
    if encoded.startswith(UNUSABLE_PASSWORD_PREFIX):
        return UNUSABLE
    return hashlib.sha256(encoded.encode()).hexdigest()[:LENGTH]


class Sha256(Func):
    """The SHA-256 digest of a text in UTF-8, in hexadecimal.

    Django's own asks PostgreSQL for the extension pgcrypto; PostgreSQL 11 and later need none.
    """

    function = "SHA256"
    output_field = CharField()

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any
    ) -> tuple[str, tuple[str | int, ...]]:
        template = "ENCODE(SHA256(CONVERT_TO(%(expressions)s, 'UTF8')), 'hex')"
        return self.as_sql(compiler, connection, template=template, **context)


def mark_of_column(name: str = "password") -> Case:
    """What :func:`password_mark` makes of a column, in SQL."""
    return Case(
        When(**{f"{name}__startswith": UNUSABLE_PASSWORD_PREFIX}, then=Value(UNUSABLE)),
        default=Left(Sha256(Coalesce(name, Value(""))), LENGTH),
        output_field=CharField(),
    )


def mark_of_owner(owner: AbstractBaseUser | None = None) -> Subquery:
    """The mark of the password that the owner of a session has at present, in SQL.

    :param owner: who it is, where all the sessions are one owner's: the database then looks once,
        in place of once for each session.
    """
    key = OuterRef("user_id") if owner is None else owner.pk
    account = get_user_model()._base_manager.filter(pk=key)
    return Subquery(account.values_list(mark_of_column()))
