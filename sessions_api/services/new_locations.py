"""Detecting logins from a location that is new for the user."""

from datetime import UTC, datetime

from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import DateTimeField, Subquery, Value
from django.db.models.functions import Coalesce

from sessions_api.models import AuditEvent

#: How many of a user's newest logins are compared, and how many of their newest events are searched
#: for these: failed logins, which anybody can cause, must not make a login slow.
LOGINS_REMEMBERED = 100
EVENTS_SEARCHED = 1000

BEFORE_ALL = Value(datetime.fromtimestamp(0, UTC), DateTimeField())


def is_new_location(user: AbstractBaseUser, location: str) -> bool:
    """Return True if none of a user's recent logins came from a location.

    False if all recent logins came from unknown locations, because there is nothing to compare
    with; and, without a query, if ``location`` is unknown.

    :param location: as returned by :func:`sessions_api.callers.locations.locate`; "" if unknown.
    """
    if not location:
        return False
    events = AuditEvent.objects.filter(subject=user.pk).order_by("-at")
    oldest = Subquery(events.values("at")[EVENTS_SEARCHED - 1 : EVENTS_SEARCHED])
    logins = events.filter(kind=AuditEvent.Kind.LOGIN, at__gte=Coalesce(oldest, BEFORE_ALL))
    locations = set(logins.values_list("detail__location", flat=True)[:LOGINS_REMEMBERED])
    locations.discard(None)
    return bool(locations) and location not in locations
