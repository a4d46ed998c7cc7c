"""The two statements of every request: one reads the live session, one records its last use.

Both are prepared (:mod:`killswitches.prepared`) and the same for every request. No result is
cached: each request reads its session, the owner and the kill switches from the database. Both name
the user, by whom an operator may have partitioned the table.
"""

import functools
import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import Error, connections, router, transaction
from django.db.models import Model, Q, Subquery
from django.db.models.expressions import RawSQL
from django.db.models.sql import UpdateQuery

from killswitches.conditions.switches_on import read_switches_on
from killswitches.gate import switches_expression
from killswitches.prepared import Placeholder, Statement
from sessions_api.databases.circuit_breaker import CircuitBreaker
from sessions_api.databases.outages import describe
from sessions_api.models import UserSession
from sessions_api.models.liveness import LAST_USE_RESOLUTION
from sessions_api.passwords.marks import password_mark

logger = logging.getLogger("sessions_api")

#: Pauses these writes for 30 seconds after one has failed.
_notes = CircuitBreaker(30)


class FurtherColumn(NamedTuple):
    """A column that some endpoints have read along with the session, in the same statement.

    :param name: its name in ``UserSession.further``.
    :param expression: returns an expression of the session's row.
    """

    name: str
    expression: Callable[[], Subquery]


def find_live_session(
    user_id: object,
    sid: int,
    jti: UUID,
    now: datetime,
    further: tuple[FurtherColumn, ...] = (),
) -> UserSession | None:
    """Return the session that a token names, if it is active at ``now``.

    It is read from the database that sessions are written to, because a replica may still have a
    session that has been ended.

    :param user_id: the owner's primary key, as returned by its field's ``get_prep_value``.
    :param further: columns to be read as well.
    :returns: the session with ``user``, ``switches_on`` and ``further`` set; None if there is none.
    """
    alias = router.db_for_write(UserSession)
    reading = _reading(alias, further)
    row = reading.statement.run({"user": user_id, "sid": sid, "jti": jti, "expires_at": now})
    if row is None:
        return None
    end = len(reading.session_fields)
    end_of_user = end + len(reading.user_fields)
    session = UserSession.from_db(alias, reading.session_fields, row[:end])
    user: Any = reading.user_model.from_db(alias, reading.user_fields, row[end:end_of_user])
    if session.ends_at <= now or not session.has_password_of(user):
        return None
    session.user = user
    session.switches_on = read_switches_on(row[end_of_user])
    if further:
        values = row[end_of_user + 1 :]
        session.further = {one.name: value for one, value in zip(further, values, strict=True)}
    return session


def record_use(session: UserSession, now: datetime) -> None:
    """Record that a session is in use, at most once a minute (``LAST_USE_RESOLUTION``).

    Never fails on a database error.
    """
    stale = now - LAST_USE_RESOLUTION
    if session.used_at is not None and session.used_at > stale:
        return
    alias = router.db_for_write(UserSession)
    user = UserSession._meta.get_field("user").get_prep_value(session.user_id)
    values = {"user": user, "session": session.pk, "used_at": now, "stale": stale}
    if _try_to_write(alias, lambda: _note(alias).run(values)):
        session.used_at = now


def record_password_mark(session: UserSession) -> None:
    """Set the password mark of a session that has none. Never fails on a database error.

    Sessions created by a version without marks, which may still run next to this one, have none.
    """
    if session.password_mark:
        return
    alias = router.db_for_write(UserSession)
    mark = password_mark(session.user.password)
    of_owner = UserSession.objects.using(alias).owned_by(session.user)
    unmarked = of_owner.filter(pk=session.pk, password_mark="")
    if _try_to_write(alias, lambda: unmarked.update(password_mark=mark)):
        session.password_mark = mark


def _try_to_write(alias: str, write: Callable[[], object]) -> bool:
    """Run ``write`` and return True if it succeeds.

    A request that only reads must not depend on a writable database. After a failure, which is
    logged, no write is attempted for half a minute.
    """
    if not _notes.may_try():
        return False
    connection = connections[alias]
    try:
        if connection.in_atomic_block:
            # Without a savepoint, PostgreSQL would reject the rest of the host's transaction.
            with transaction.atomic(using=alias):
                write()
        else:
            write()
    except Error as error:
        if _notes.failed():
            logger.error("Could not record the last use of sessions: %s", describe(error))
        # The next query must not use a broken connection.
        if not (connection.in_atomic_block or connection.is_usable()):
            connection.close()
        return False
    if _notes.succeeded():
        logger.warning("The last use of sessions is recorded again.")
    return True


class _Reading(NamedTuple):
    """The prepared statement and its columns: of the session, of the user, the switches, others."""

    statement: Statement
    session_fields: list[str]
    user_model: type[AbstractBaseUser]
    user_fields: list[str]


@functools.cache
def _reading(alias: str, further: tuple[FurtherColumn, ...] = ()) -> _Reading:
    user_model = get_user_model()
    session_fields, user_fields = _columns(UserSession), _columns(user_model)
    of_user = [f"user__{name}" for name in user_fields]
    named = UserSession.objects.filter(
        user=_placeholder("user"), sid=_placeholder("sid"), jti=_placeholder("jti")
    )
    # The rest of what makes a session active, limits and password mark, is checked on the row.
    sessions = named.unexpired(_placeholder("expires_at"))
    others = [switches_expression(), *(one.expression() for one in further)]
    columns = sessions.order_by().values_list(*session_fields, *of_user, *others)
    statement = Statement.of(columns.query, alias)
    return _Reading(statement, session_fields, user_model, user_fields)


@functools.cache
def _note(alias: str) -> Statement:
    # Of several simultaneous requests, one writes.
    unnoted = Q(used_at__isnull=True) | Q(used_at__lte=_placeholder("used_at", "stale"))
    named = UserSession.objects.filter(user=_placeholder("user"), pk=_placeholder("id", "session"))
    query: Any = named.filter(unnoted).query
    update = query.chain(UpdateQuery)
    update.add_update_values({"used_at": _placeholder("used_at")})
    return Statement.of(update, alias)


def _columns(model: type[Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]


def _placeholder(field: str, name: str = "") -> RawSQL:
    """Return a placeholder for a value of a session's field.

    :param name: the placeholder's name, by default the field's.
    """
    of: Any = UserSession._meta.get_field(field)
    return Placeholder(name or field, of).expression
