"""What every request asks of the database, at the least cost: from what a token names to its live
session in one statement, and the note of its last use in another.

The statements are the same for every caller (:mod:`killswitches.prepared`). Nothing of an answer
is kept: session, owner and kill switches are read anew by every request.
"""

import functools
import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import Error, connections, router, transaction
from django.db.models import Model, Q
from django.db.models.base import ModelState
from django.db.models.expressions import RawSQL
from django.db.models.sql import UpdateQuery

from killswitches.gate import mask_expression
from killswitches.prepared import Placeholder, Statement
from sessions_api.databases.circuit_breaker import CircuitBreaker
from sessions_api.databases.outages import describe
from sessions_api.models import UserSession
from sessions_api.passwords.marks import password_mark

logger = logging.getLogger("sessions_api")

#: How old the last use on record may grow. A request within it costs no write.
LAST_USE_RESOLUTION = timedelta(minutes=1)

#: After a failure to write a note none is written for so many seconds.
_notes = CircuitBreaker(30)


def find_live_session(user_id: object, sid: int, jti: UUID, now: datetime) -> UserSession | None:
    """The session that lives at ``now``, with ``user`` and ``switch_mask``; or None.

    It is read where sessions are written, because a replica may lag behind the end of one.

    :param user_id: the owner's primary key, as its field's ``get_prep_value`` has it.
    """
    alias = router.db_for_write(UserSession)
    reading = _reading(alias)
    row = reading.statement.run({"user": user_id, "sid": sid, "jti": jti, "expires_at": now})
    if row is None:
        return None
    end = len(reading.session_fields)
    session = _session(alias, reading.session_fields, row[:end])
    user = reading.user_model.from_db(alias, reading.user_fields, row[end:-1])
    if not session.has_password_of(user):
        return None
    # As the ORM does it: the descriptor would compare what the statement has joined.
    reading.owner.set_cached_value(session, user)
    session.switch_mask = row[-1]
    return session


def note_use(session: UserSession, now: datetime) -> None:
    """Note that the session is used, at most once in :data:`LAST_USE_RESOLUTION`; never fails."""
    stale = now - LAST_USE_RESOLUTION
    if session.used_at is not None and session.used_at > stale:
        return
    alias = router.db_for_write(UserSession)
    values = {"session": session.pk, "used_at": now, "stale": stale}
    if _try_to_write(alias, lambda: _note(alias).run(values)):
        session.used_at = now


def note_password(session: UserSession) -> None:
    """Give a session that has no mark of its owner's password the present one; never fails.

    Sessions have none that a version began which knew no marks and ran beside this one.
    """
    if session.password_mark:
        return
    alias = router.db_for_write(UserSession)
    mark = password_mark(session.user.password)
    unmarked = UserSession.objects.using(alias).filter(pk=session.pk, password_mark="")
    if _try_to_write(alias, lambda: unmarked.update(password_mark=mark)):
        session.password_mark = mark


def _try_to_write(alias: str, write: Callable[[], object]) -> bool:
    """Write a note, for whoever only reads needs no database that takes writes: where it takes
    none, nothing is noted for half a minute, and the log says so."""
    if not _notes.may_try():
        return False
    connection = connections[alias]
    try:
        if connection.in_atomic_block:
            # PostgreSQL would refuse whatever follows in a host's transaction.
            with transaction.atomic(using=alias):
                write()
        else:
            write()
    except Error as error:
        if _notes.failed():
            logger.error("The last use of sessions is not noted: %s", describe(error))
        # What comes next shall not meet a connection that is broken.
        if not (connection.in_atomic_block or connection.is_usable()):
            connection.close()
        return False
    if _notes.succeeded():
        logger.warning("The last use of sessions is noted again.")
    return True


def _session(alias: str, names: list[str], values: Sequence[object]) -> UserSession:
    """As ``from_db`` makes it, but for its look at each field and its signals; these take as long
    as all else that is done with a row. Of the user's model, which is the host's, nobody knows what
    else belongs to it."""
    session = UserSession.__new__(UserSession)
    state = ModelState()
    state.db, state.adding = alias, False
    vars(session).update(zip(names, values, strict=True), _state=state)
    return session


class _Reading(NamedTuple):
    """The statement, and what its columns are: the session's fields, the user's, and the mask;
    ``owner`` is the session's field that holds the user."""

    statement: Statement
    session_fields: list[str]
    owner: Any
    user_model: type[AbstractBaseUser]
    user_fields: list[str]


@functools.cache
def _reading(alias: str) -> _Reading:
    user_model = get_user_model()
    session_fields, user_fields = _columns(UserSession), _columns(user_model)
    of_user = [f"user__{name}" for name in user_fields]
    named = UserSession.objects.filter(
        user=_placeholder("user"), sid=_placeholder("sid"), jti=_placeholder("jti")
    )
    # The rest of what makes a session live is looked at once the row is there.
    sessions = named.unexpired(_placeholder("expires_at"))
    columns = sessions.order_by().values_list(*session_fields, *of_user, mask_expression())
    statement = Statement.of(columns.query, alias)
    owner = UserSession._meta.get_field("user")
    return _Reading(statement, session_fields, owner, user_model, user_fields)


@functools.cache
def _note(alias: str) -> Statement:
    # Of several requests at once, one writes.
    unnoted = Q(used_at__isnull=True) | Q(used_at__lte=_placeholder("used_at", "stale"))
    query: Any = UserSession.objects.filter(unnoted, pk=_placeholder("id", "session")).query
    update = query.chain(UpdateQuery)
    update.add_update_values({"used_at": _placeholder("used_at")})
    return Statement.of(update, alias)


def _columns(model: type[Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]


def _placeholder(field: str, name: str = "") -> RawSQL:
    """For a value of one of the sessions' fields, under the field's name or another."""
    of: Any = UserSession._meta.get_field(field)
    return Placeholder(name or field, of).expression
