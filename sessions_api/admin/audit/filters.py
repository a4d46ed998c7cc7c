"""The filters of the audit log: kind, actor, user, address, request and time.

An invalid value matches nothing.
"""

from collections.abc import Iterator
from datetime import timedelta

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from killswitches.admin.base import ModelAdmin
from killswitches.periods import midnight
from sessions_api.admin.audit.forms import EventForm
from sessions_api.admin.audit.search import Condition, any_of, with_value
from sessions_api.models.audit import KINDS


class EventFilter(admin.ListFilter):
    """A filter that exposes its conditions, so that the list can choose an index."""

    @property
    def conditions(self) -> list[Condition]:
        """The conditions, except for the time; the most selective first."""
        return []

    @property
    def span(self) -> Q:
        """The condition on the time."""
        return Q()

    @property
    def is_valid(self) -> bool:
        """Whether the values are valid."""
        return True

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        """Return the events that match."""
        if not self.is_valid:
            return queryset.none()
        return queryset.filter(self.span, *map(any_of, self.conditions))


class KindFilter(EventFilter, admin.SimpleListFilter):
    """The kind of event."""

    title = _("event")
    parameter_name = "kind__exact"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> list[tuple[str, str]]:
        """Return all kinds."""
        return [(value, str(label)) for value, label in KINDS.labelled]

    @property
    def conditions(self) -> list[Condition]:
        kind = self.value()
        return [] if kind is None else [[with_value("kind", kind)]]

    @property
    def is_valid(self) -> bool:
        return self.value() is None or self.value() in KINDS


class WhenFilter(EventFilter, admin.SimpleListFilter):
    """Periods that end now."""

    title = _("time")
    parameter_name = "when"
    lengths = {
        "hour": timedelta(hours=1),
        "day": timedelta(days=1),
        "week": timedelta(days=7),
        "month": timedelta(days=30),
    }

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> list[tuple[str, str]]:
        """Return today, and periods of several lengths."""
        return [
            ("today", gettext("Today")),
            ("hour", gettext("Last hour")),
            ("day", gettext("Last 24 hours")),
            ("week", gettext("Last 7 days")),
            ("month", gettext("Last 30 days")),
        ]

    @property
    def is_valid(self) -> bool:
        return self.value() in {None, "today", *self.lengths}

    @property
    def span(self) -> Q:
        if self.value() == "today":
            return Q(at__gte=midnight(timezone.localdate()))
        length = self.lengths.get(self.value() or "")
        return Q() if length is None else Q(at__gte=timezone.now() - length)


FIELDS = tuple(EventForm.base_fields)


class FieldsFilter(EventFilter):
    """A filter that is a form, for values that cannot be offered as choices."""

    title = _("user, address, request and day")
    parameters = FIELDS
    #: Themes such as django-unfold expect one name of every filter.
    parameter_name = "fields"
    template = "admin/sessions_api/auditevent/fields_filter.html"

    def __init__(
        self,
        request: HttpRequest,
        params: dict[str, list[str]],
        model: type[Model],
        model_admin: ModelAdmin,
    ) -> None:
        super().__init__(request, params, model, model_admin)
        for name in FIELDS:
            if name in params:
                self.used_parameters[name] = params.pop(name)[-1]
        self.form = EventForm(self.used_parameters, auto_id="events-%s")

    def expected_parameters(self) -> list[str | None]:
        """Return the names of the fields."""
        return [*FIELDS]

    def has_output(self) -> bool:
        return True

    def choices(self, changelist: ChangeList) -> Iterator[dict[str, str]]:
        """Yield the other parameters of the list, which the form passes on."""
        for name, value in changelist.params.items():
            if name not in FIELDS:
                yield {"name": name, "value": value}

    @property
    def is_valid(self) -> bool:
        return self.form.is_valid()

    @property
    def conditions(self) -> list[Condition]:
        return self.form.conditions if self.is_valid else []

    @property
    def span(self) -> Q:
        return self.form.span if self.is_valid else Q()
