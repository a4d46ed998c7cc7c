"""The filter of the audit log by an exact period."""

from django.db.models import Q

from killswitches.admin.periods import PeriodFilter
from sessions_api.admin.audit.filters import EventFilter


class BetweenFilter(PeriodFilter, EventFilter):
    """A period, for links from charts; otherwise it is not displayed."""

    @property
    def span(self) -> Q:
        if self.period is None:
            return Q()
        begin, end = self.period
        return Q(at__gte=begin, at__lt=end)
