"""The newest logins of a user, and whether one comes from a location that is new for them."""

from datetime import UTC, datetime

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import router
from django.db.models import DateTimeField, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from sessions_api.models import AuditEvent

#: How many of a user's newest logins are compared, and how many of their newest events are searched
#: for these: failed logins, which anybody can cause, must not make this slow.
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
    # Not from a replica that a router may read the audit log from: a login must not depend on it.
    events = AuditEvent.objects.using(router.db_for_write(AuditEvent))
    logins = newest_logins(events.all(), user)
    locations = set(logins.values_list("detail__location", flat=True)[:LOGINS_REMEMBERED])
    locations.discard(None)
    return bool(locations) and location not in locations


def newest_logins(events: QuerySet[AuditEvent], user: AbstractBaseUser) -> QuerySet[AuditEvent]:
    """Filter events to the logins among a user's newest ones, newest first.

    :param events: all events, of the database to read.
    """
    newest = events.filter(subject=user.pk).order_by("-at")
    oldest = Subquery(newest.values("at")[EVENTS_SEARCHED - 1 : EVENTS_SEARCHED])
    return newest.filter(kind=AuditEvent.Kind.LOGIN, at__gte=Coalesce(oldest, BEFORE_ALL))
