"""Removing sessions, and keeping what staff and owners may know of them afterwards.

Everything that ends sessions removes them here, except the deletion of their owner's account.
"""

from collections.abc import Mapping
from datetime import datetime

from django.db.models import (
    BooleanField,
    Case,
    Expression,
    ExpressionWrapper,
    F,
    Model,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Least
from django.db.models.lookups import GreaterThan
from django.utils import timezone

from sessions_api.conf import api_settings
from sessions_api.databases.moving import Copies, Row, copy_rows, delete_returning
from sessions_api.models import EndCause, Expiry, PastSession, UserSessionQuerySet, liveness
from sessions_api.models.session_columns import SessionColumns
from sessions_api.services.audit import Actor

#: What is kept as it was.
COLUMNS = ("user", *(field.name for field in SessionColumns._meta.fields))


def remove_sessions(
    sessions: UserSessionQuerySet,
    *fields: str,
    actor: Actor,
    reason: str = "",
    cause: EndCause | None = None,
) -> list[Row]:
    """Delete sessions that somebody ends, and keep them as past ones.

    :param cause: by default their owner or staff, whoever the actor is.
    :returns: the named columns of the sessions that this call deleted; see
        :func:`~sessions_api.databases.moving.delete_returning`.
    """
    # Those of a deleted account would be deleted with it a moment later.
    is_kept = bool(api_settings().ENDED_SESSION_RETENTION) and cause != EndCause.ACCOUNT_DELETED
    copies = _copies(
        {"cause": Value(cause) if cause else _cause(actor)},
        ended_at=timezone.now(),
        reason=reason,
        actor=actor.user.pk if actor.user else None,
        actor_name=actor.shown_name,
    )
    return delete_returning(sessions, *fields, copies=copies if is_kept else None)


def remove_lapsed_sessions(sessions: UserSessionQuerySet) -> None:
    """Delete sessions that have ended unnoticed, and keep them as past ones."""
    is_kept = bool(api_settings().ENDED_SESSION_RETENTION)
    delete_returning(sessions, "sid", copies=_lapsed(timezone.now()) if is_kept else None)


def keep_lapsed_sessions(sessions: QuerySet[Model]) -> None:
    """Keep sessions as past ones that have ended unnoticed, and that the caller deletes.

    Those that have expired so long ago that they would not be kept any more are left out.
    """
    retention = api_settings().ENDED_SESSION_RETENTION
    if retention:
        now = timezone.now()
        copy_rows(sessions.filter(expires_at__gt=now - retention), _lapsed(now))


def _lapsed(now: datetime) -> Copies:
    """Return what is kept of sessions that have expired, or that a limit or a new password ended.

    Nobody knows when the password was changed: it counts from now.
    """
    end = liveness.end_of_row()
    cause = Case(
        When(GreaterThan(end, Value(now)), then=Value(EndCause.NEW_PASSWORD)),
        When(GreaterThan(F("expires_at"), end), then=Value(Expiry.LIMIT)),
        default=Value(Expiry.LIFETIME),
    )
    of_row = {"ended_at": Least(end, Value(now)), "cause": cause}
    return _copies(of_row, reason="", actor=None, actor_name="")


def _copies(of_row: Mapping[str, Expression], **constants: object) -> Copies:
    has_token = ExpressionWrapper(Q(jti__isnull=False), BooleanField())
    columns = {name: F(name) for name in COLUMNS}
    return Copies(
        PastSession,
        {**columns, "session_pk": F("pk"), "has_token": has_token, **of_row},
        constants,
    )


def _cause(actor: Actor) -> Expression:
    if actor.user is None:
        return Value(EndCause.OTHER)
    is_own = When(user=actor.user.pk, then=Value(EndCause.OWNER))
    return Case(is_own, default=Value(EndCause.STAFF))
