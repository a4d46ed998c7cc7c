"""Numbers before and since a kill switch was turned on, for the admin of the kill switches.

Only what is stored anyway is counted: the audit log, and the request statistics as long as these
are kept.
"""

import logging
from collections.abc import Sequence
from datetime import datetime

from django.db import Error
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from killswitches.aftermath import Measured, Period
from killswitches.registry import Switch
from sessions_api import statistics
from sessions_api.databases.timeouts import time_limited
from sessions_api.http.switch_impact import closed_by
from sessions_api.models import AuditEvent

logger = logging.getLogger("sessions_api.statistics")

#: How long the audit log may take, in seconds.
SECONDS = 2

_KINDS = {
    AuditEvent.Kind.LOGIN: (
        _("Logins"),
        _("To the API, on pages and to the console, from the audit log."),
    ),
    AuditEvent.Kind.LOGIN_FAILED: (
        _("Failed logins"),
        _("The same. Logins that the switch refuses are not among them."),
    ),
}


class SwitchAftermath:
    """The :class:`killswitches.aftermath.Provider` of the API."""

    def measure(self, switch: Switch, period: Period) -> Sequence[Measured]:
        """Return refusals, logins, failed logins, and callers of the closed endpoints."""
        return [_refusals(switch, period), *_logins(period), _callers(switch, period)]


def _refusals(switch: Switch, period: Period) -> Measured:
    span = period.compared
    begin = _minute(period.begin)
    try:
        before = _closed(switch, range(_minute(period.begin - span), begin))
        since = _closed(switch, range(begin, _minute(period.begin + span) + 1))
    except Exception:
        logger.warning("Could not read the statistics.", exc_info=True)
        before = since = None
    return Measured(
        _("Responses with 503 by this switch"),
        before,
        since,
        _(
            "Requests to the API that this switch refused, by whole minutes. Those to pages and to "
            "other views are not counted. They are kept for two days."
        ),
    )


def _logins(period: Period) -> list[Measured]:
    span = period.compared
    begin, end = period.begin - span, period.begin + span
    counts = {
        f"{kind}_{when}": Count("pk", filter=Q(kind=kind, **when_at))
        for kind in _KINDS
        for when, when_at in (
            ("before", {"at__lt": period.begin}),
            ("since", {"at__gte": period.begin}),
        )
    }
    events = AuditEvent.objects.filter(kind__in=list(_KINDS), at__gte=begin, at__lt=end)
    found: dict[str, int | None] = dict.fromkeys(counts)
    try:
        with time_limited([events.db], SECONDS):
            found |= events.order_by().aggregate(**counts)
    except Error:
        # The log is too large to be read in time.
        pass
    return [
        Measured(label, found[f"{kind}_before"], found[f"{kind}_since"], note)
        for kind, (label, note) in _KINDS.items()
    ]


def _callers(switch: Switch, period: Period) -> Measured:
    begin, end = _minute(period.begin), _minute(period.end)
    oldest = _minute(timezone.now()) - statistics.KEPT_MINUTES + 1
    # Whole minutes, of which all are still stored. That of the flip belongs to neither side.
    count = min(end - begin - 1, begin - oldest)
    note = _(
        "Users, and networks of callers without a session, who called the endpoints that it "
        "closes, staff included: in as many whole minutes before and after as are kept, which is "
        "20 minutes in all. Later it is not known."
    )
    before = since = None
    if count > 0:
        names = {one.name for one in closed_by(switch)}
        try:
            before = _distinct(names, range(begin - count, begin))
            since = _distinct(names, range(begin + 1, begin + 1 + count))
        except Exception:
            logger.warning("Could not read the statistics.", exc_info=True)
            before = since = None
    return Measured(_("Callers"), before, since, note)


def _distinct(names: set[str], minutes: range) -> int:
    traffic = statistics.traffic_in(names, minutes)
    return traffic.users + traffic.anonymous


def _closed(switch: Switch, minutes: range) -> int | None:
    """Return how many requests the switch refused; None if that is not kept any longer."""
    oldest = _minute(timezone.now()) - statistics.KEPT_CLOSED_HOURS * 60
    return statistics.closed(switch.number, minutes) if minutes.start > oldest else None


def _minute(moment: datetime) -> int:
    return int(moment.timestamp()) // statistics.MINUTE
