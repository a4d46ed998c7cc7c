"""Filters that offer the most common values among the newest sessions.

Reading the end of an index finds them; counting all values would read the whole table.
"""

from collections import Counter
from collections.abc import Iterator
from functools import cached_property
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from killswitches.admin.base import ModelAdmin
from sessions_api.admin.links import ENDED
from sessions_api.admin.listing.keyset import KeysetChangeList
from sessions_api.admin.sessions.filters import StateFilter

#: How many of the newest sessions are sampled for common values, and how many values are offered.
SAMPLE = 1000
OFFERED = 10

Choices = list[tuple[str, str]]


class SessionChangeList(KeysetChangeList):
    """Reads the sample for all of these filters at once."""

    @cached_property
    def sample(self) -> dict[str, Counter[str]]:
        """How often each value occurs in each column that is filtered by common values."""
        filters = [spec for spec in self.filter_specs if isinstance(spec, CommonValueFilter)]
        columns = [spec.parameter_name for spec in filters]
        rows = self.model._base_manager.order_by("-sid").values_list(*columns)[:SAMPLE]
        # Without rows, zip() would return no columns.
        values = zip(*rows, strict=True) if rows else [()] * len(columns)
        return dict(zip(columns, map(Counter, values), strict=True))

    @property
    def hints(self) -> list[tuple[str, str]]:
        """Other states first, unless this is the list of ended sessions."""
        states = [one for one in self.filter_specs if isinstance(one, StateFilter)]
        others = {
            StateFilter.ALL: gettext("Look in all states"),
            ENDED: gettext("Look among ended sessions"),
        }
        return [
            *(
                (text, self.get_query_string({StateFilter.parameter_name: value}))
                for one in states
                for value, text in others.items()
                if one.value() not in {value, ENDED}
            ),
            *super().hints,
        ]


class CommonValueFilter(admin.SimpleListFilter):
    """Offers the most common values of a column; ``parameter_name`` is the column."""

    parameter_name: str

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> Choices:
        """Return nothing: the values are only read if the filter is displayed."""
        return []

    def has_output(self) -> bool:
        return True

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        """Yield the most common values first, always including the chosen one."""
        assert isinstance(changelist, SessionChangeList)
        counted = changelist.sample[self.parameter_name].most_common(OFFERED)
        values = [value for value, _ in counted]
        chosen = self.value()
        if chosen is not None and chosen not in values:
            values.append(chosen)
        self.lookup_choices = [(value, value or gettext("Unknown")) for value in values]
        return super().choices(changelist)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        """Return the sessions with the value."""
        if self.value() is None:
            return queryset
        return queryset.filter(**{self.parameter_name: self.value()})


class BrowserFilter(CommonValueFilter):
    title = _("browser")
    parameter_name = "browser"


class OperatingSystemFilter(CommonValueFilter):
    title = _("operating system")
    parameter_name = "os"


class DialectFilter(CommonValueFilter):
    title = _("dialect of login")
    parameter_name = "dialect"


class LocationFilter(CommonValueFilter):
    title = _("location")
    parameter_name = "location"
