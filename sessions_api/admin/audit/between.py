"""The filter of the audit log by an exact period."""

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from killswitches.admin.base import ModelAdmin
from killswitches.times import plain_time
from sessions_api.admin.audit.filters import EventFilter
from sessions_api.admin.listing.periods import Period, read_period


class BetweenFilter(EventFilter, admin.SimpleListFilter):
    """A period, for links from charts; otherwise it is not displayed."""

    title = _("period")
    parameter_name = "between"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> list[tuple[str, str]]:
        """Return the chosen period, so that the page says what it shows."""
        text = self.value()
        if text is None:
            return []
        if self.period is None:
            return [(text, gettext("Invalid"))]
        begin, end = map(plain_time, self.period)
        return [(text, gettext("%(begin)s to %(end)s") % {"begin": begin, "end": end})]

    @property
    def period(self) -> Period | None:
        """The chosen period; None if it is invalid."""
        return read_period(self.value() or "")

    @property
    def is_valid(self) -> bool:
        return self.value() is None or self.period is not None

    @property
    def span(self) -> Q:
        if self.period is None:
            return Q()
        begin, end = self.period
        return Q(at__gte=begin, at__lt=end)
