"""The query of every request: from what a token names to its live session, at the least cost.

The ORM takes several times as long to build this statement as the database to answer it, and the
statement is the same for every caller. So the ORM builds it once for each database, with gaps for
the values; a request fills the gaps and makes model instances of the row, as the ORM would.

Nothing of an answer is kept: session, owner and kill switches are read anew by every request.
"""

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db import NotSupportedError, connections, router
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper
from django.db.models import Field, Model
from django.db.models.expressions import BaseExpression, RawSQL

from killswitches.gate import mask_expression
from sessions_api.models import UserSession


def find_live_session(user_id: Any, sid: int, jti: UUID, now: datetime) -> UserSession | None:
    """The session that has not expired at ``now``, with ``user`` and ``switch_mask``; or None.

    It is read where sessions are written, because a replica may lag behind the end of one.

    :param user_id: the owner's primary key.
    """
    alias = router.db_for_write(UserSession)
    wanted = {"user_id": user_id, "sid": sid, "jti": jti, "expires_at": now}
    return _statement(alias).first(wanted, connections[alias])


@dataclass(frozen=True)
class _Statement:
    """The statement in the language of one database.

    :param parameters: in their order; where a value is still to come stands the field it is of.
    :param converters: of what columns, by position, make the values of their fields.
    """

    sql: str
    parameters: Sequence[Any]
    session_fields: Sequence[str]
    user_fields: Sequence[str]
    converters: Sequence[tuple[int, Sequence[Callable[..., Any]], BaseExpression]]

    def first(self, wanted: dict[str, Any], connection: BaseDatabaseWrapper) -> UserSession | None:
        parameters = [
            one.get_db_prep_value(wanted[one.attname], connection)
            if isinstance(one, Field)
            else one
            for one in self.parameters
        ]
        fetched = _fetch(connection, self.sql, parameters)
        if fetched is None:
            return None
        row = list(fetched)
        for position, functions, expression in self.converters:
            for convert in functions:
                row[position] = convert(row[position], expression, connection)
        end = len(self.session_fields)
        session = UserSession.from_db(connection.alias, self.session_fields, row[:end])
        user = get_user_model().from_db(connection.alias, self.user_fields, row[end:-1])
        session.user = user
        session.switch_mask = row[-1]
        return session


@functools.cache
def _statement(alias: str) -> _Statement:
    """Have the ORM build the statement for the database of an alias."""
    session_fields = _columns(UserSession)
    user_fields = _columns(get_user_model())
    of_user = [f"user__{name}" for name in user_fields]
    query = (
        UserSession.objects.filter(
            user=_gap("user"), sid=_gap("sid"), jti=_gap("jti"), expires_at__gt=_gap("expires_at")
        )
        .order_by()
        .values_list(*session_fields, *of_user, mask_expression())
        .query
    )
    compiler: Any = query.get_compiler(alias)
    sql, parameters = compiler.as_sql()
    selected = [expression for expression, *_ in compiler.select]
    converters = [
        (position, functions, expression)
        for position, (functions, expression) in compiler.get_converters(selected).items()
    ]
    return _Statement(sql, parameters, session_fields, user_fields, converters)


def _columns(model: type[Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]


def _gap(name: str) -> RawSQL:
    """A place for a value of a field; the field itself stands there till then."""
    return RawSQL("%s", [UserSession._meta.get_field(name)])


def _fetch(
    connection: BaseDatabaseWrapper, sql: str, parameters: Sequence[Any]
) -> Sequence[Any] | None:
    """The one row that there can be."""
    try:
        with _cursor(connection) as cursor:
            cursor.execute(sql, parameters)
            return cursor.fetchone()
    except NotSupportedError:
        # A migration has changed the type of a column since the statement was prepared. (The end
        # of a transaction that has failed makes the driver forget it anyway.)
        if connection.in_atomic_block or not _prepares(connection):
            raise
        with connection.cursor() as cursor:
            cursor.execute("DEALLOCATE ALL")
            cursor.execute(sql, parameters)
            return cursor.fetchone()


def _cursor(connection: BaseDatabaseWrapper) -> CursorWrapper:
    """A cursor whose statements PostgreSQL prepares, where the database's options allow it.

    Django's own has the client put the values into the text, which leaves nothing to prepare. Told
    to do otherwise it would for all queries, and some of those need another plan for other values.
    """
    if not _prepares(connection):
        return connection.cursor()
    driver: Any = connection
    driver.close_if_health_check_failed()
    driver.ensure_connection()
    with driver.wrap_database_errors:
        return driver.make_cursor(driver.Database.Cursor(driver.connection))


def _prepares(connection: BaseDatabaseWrapper) -> bool:
    """Whether the server is to prepare the statement. A log of queries wants to hold the values."""
    options = connection.settings_dict["OPTIONS"]
    allowed = connection.vendor == "postgresql" and options.get("prepare_threshold") is not None
    return allowed and not connection.queries_logged
