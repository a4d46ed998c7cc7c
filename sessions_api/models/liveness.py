"""What ends a session before it expires: disuse, its age, or a new password of its owner.

Each condition exists twice, for a session that has been read and in SQL.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import BooleanField, Case, DateTimeField, Expression, F, Q, Value, When
from django.db.models.functions import Coalesce, Least
from django.db.models.lookups import In
from django.utils import timezone

from sessions_api.conf import api_settings
from sessions_api.passwords import marks

#: How old the recorded last use may become. A request within that time writes nothing, so an idle
#: session ends up to this much later than the idle timeout, and never earlier.
LAST_USE_RESOLUTION = timedelta(minutes=1)


class Limits(NamedTuple):
    """The limits of sessions of one kind; None for none.

    :param idle: how long a session may be unused.
    :param absolute: how long ago it may have been created.
    """

    idle: timedelta | None
    absolute: timedelta | None


def limits_of(*, scoped: bool) -> Limits:
    """Return the limits that the settings put on full or on scoped sessions."""
    given = api_settings()
    if scoped:
        return Limits(given.SCOPED_IDLE_TIMEOUT, given.SCOPED_ABSOLUTE_LIFETIME)
    return Limits(given.IDLE_TIMEOUT, given.ABSOLUTE_LIFETIME)


def ends_at(
    expires_at: datetime, *, created_at: datetime, used_at: datetime | None, scoped: bool
) -> datetime:
    """Return when a session ends unless it is used before."""
    limits = limits_of(scoped=scoped)
    ends = [expires_at]
    if limits.absolute is not None:
        ends.append(created_at + limits.absolute)
    if limits.idle is not None:
        ends.append((used_at or created_at) + limits.idle + LAST_USE_RESOLUTION)
    return min(ends)


def end_of_row() -> Expression:
    """Return the same as :func:`ends_at` in SQL."""
    return Case(
        When(permission_flags__isnull=True, then=_first_end(limits_of(scoped=False))),
        default=_first_end(limits_of(scoped=True)),
        output_field=DateTimeField(),
    )


def _first_end(limits: Limits) -> Expression | F:
    ends: list[Expression | F] = [F("expires_at")]
    if limits.absolute is not None:
        ends.append(F("created_at") + limits.absolute)
    if limits.idle is not None:
        ends.append(Coalesce("used_at", "created_at") + (limits.idle + LAST_USE_RESOLUTION))
    return Least(*ends, output_field=DateTimeField()) if len(ends) > 1 else ends[0]


def past_limits(now: datetime) -> Q:
    """Return the condition that a limit has ended a session; an empty one if there are no limits.

    :func:`ends_at` says the same of a session that has been read.
    """
    past = Q()
    for scoped in (False, True):
        limits = limits_of(scoped=scoped)
        kind = Q(permission_flags__isnull=not scoped)
        if limits.absolute is not None:
            past |= kind & Q(created_at__lte=now - limits.absolute)
        if limits.idle is not None:
            last = now - limits.idle - LAST_USE_RESOLUTION
            unused = Q(used_at__lte=last) | Q(used_at__isnull=True, created_at__lte=last)
            past |= kind & unused
    return past


def can_end_early() -> bool:
    """Return whether the settings let anything but its expiry end a session."""
    return api_settings().PASSWORD_CHANGE_ENDS_SESSIONS or bool(past_limits(timezone.now()))


def survives(
    now: datetime, owner: AbstractBaseUser | None, *, negated: bool = False
) -> Case | None:
    """Return the condition that nothing but its expiry can have ended a session.

    It is wrapped in ``CASE``, because the planner assumes that half of the rows match it. For a
    bare comparison it assumes that hardly any do, and scans the table for one page.

    :param owner: the owner of all sessions, if known; it makes the query cheaper.
    :param negated: for the opposite condition.
    :returns: None if the settings let nothing else end a session.
    """
    yes, no = Value(not negated), Value(negated)
    past = past_limits(now)
    cases = [When(past, then=no)] if past else []
    if not api_settings().PASSWORD_CHANGE_ENDS_SESSIONS:
        return Case(*cases, default=yes, output_field=BooleanField()) if cases else None
    mark = marks.mark_of_owner(owner)
    is_same = Q(password_mark="") | Q(In(mark, [F("password_mark"), F("earlier_mark")]))
    return Case(*cases, When(is_same, then=yes), default=no, output_field=BooleanField())
