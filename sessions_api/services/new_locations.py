"""Locations of logins: whether a user has been seen there before."""

from datetime import UTC, datetime

from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import DateTimeField, Subquery, Value
from django.db.models.functions import Coalesce

from sessions_api.models import AuditEvent

#: How many of a user's newest logins are remembered, and among how many of their newest events
#: those are sought: failed logins, which anybody can pile up, must not make a login slow.
LOGINS_REMEMBERED = 100
EVENTS_SEARCHED = 1000

BEFORE_ALL = Value(datetime.fromtimestamp(0, UTC), DateTimeField())


def is_new_location(user: AbstractBaseUser, location: str) -> bool:
    """Whether a user logs in from a location that none of their logins so far, as far as they are
    remembered, came from.

    A user whose logins so far all came from unknown locations has none to compare with; an unknown
    location is never new, and for that there is no query.

    :param location: as :func:`sessions_api.callers.locations.locate` names it; "" where it is
        unknown.
    """
    if not location:
        return False
    events = AuditEvent.objects.filter(subject=user.pk).order_by("-at")
    oldest = Subquery(events.values("at")[EVENTS_SEARCHED - 1 : EVENTS_SEARCHED])
    logins = events.filter(kind=AuditEvent.Kind.LOGIN, at__gte=Coalesce(oldest, BEFORE_ALL))
    locations = set(logins.values_list("detail__location", flat=True)[:LOGINS_REMEMBERED])
    locations.discard(None)
    return bool(locations) and location not in locations
