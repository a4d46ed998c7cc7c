"""The filter of a list by an exact period, for links from charts."""

from datetime import datetime

from django.contrib import admin
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ..models import SwitchFlip
from ..periods import Period, read_period
from ..times import plain_time
from .base import ModelAdmin


class PeriodFilter(admin.SimpleListFilter):
    """A period that a link has chosen. Otherwise the filter is not displayed."""

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
        """Whether no period is chosen, or a valid one."""
        return self.value() is None or self.period is not None


class InEffectFilter(PeriodFilter):
    """Filters flips by the period in which the switch was as they left it."""

    title = _("in effect")

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[SwitchFlip]
    ) -> QuerySet[SwitchFlip]:
        """Return the flips in effect at any time of the period; none if it is invalid."""
        if not self.is_valid:
            return queryset.none()
        return queryset if self.period is None else _in_effect(queryset, *self.period)


def _in_effect(flips: QuerySet[SwitchFlip], begin: datetime, end: datetime) -> QuerySet[SwitchFlip]:
    # The ids are in the order of flips of the same switch; their times may be equal.
    superseded = SwitchFlip.objects.filter(
        number=OuterRef("number"), pk__gt=OuterRef("pk"), at__lte=begin
    )
    # Nobody may have noticed the lapse yet.
    lapsed = Q(enabled=True, until__isnull=False, until__lte=begin)
    return flips.filter(~lapsed, ~Exists(superseded), at__lt=end)
