"""The filters of the audit log: kind, actor, user, address, request and time.

An invalid value matches nothing.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from django import forms
from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from killswitches.admin.base import ModelAdmin
from sessions_api.accounts.lookup import all_accounts, find_accounts
from sessions_api.admin.audit.search import Condition, any_of, events_from, events_of, with_value
from sessions_api.models.audit import KINDS

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


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


class DayField(forms.DateField):
    """A date, in the time zone of the page."""

    def __init__(self, label: "StrOrPromise") -> None:
        # In any time zone, both ends of such a day can be represented.
        limits = [MinValueValidator(date(1970, 1, 1)), MaxValueValidator(date(2999, 12, 31))]
        day = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        super().__init__(label=label, required=False, validators=limits, widget=day)


#: The fields that are cleaned to conditions, the most selective first.
CONDITIONS = ("request_id", "subject", "actor", "address")


class EventForm(forms.Form):
    """Actor, user, address, request, and the first and last day; all of them optional.

    Fields are cleaned to conditions and dates.
    """

    actor = forms.CharField(label=_("By"), required=False, max_length=255)
    subject = forms.CharField(label=_("User"), required=False, max_length=255)
    address = forms.CharField(label=_("IP address or network"), required=False, max_length=64)
    request_id = forms.CharField(label=_("Request ID"), required=False, max_length=64)
    since = DayField(_("From day"))
    until = DayField(_("To day"))

    def clean_actor(self) -> Condition:
        return self._clean_account("actor")

    def clean_subject(self) -> Condition:
        return self._clean_account("subject")

    def clean_address(self) -> Condition:
        text = self.cleaned_data["address"]
        condition = events_from(text)
        if text and not condition:
            raise ValidationError(gettext("Enter an IP address, or a network such as 10.1.0.0/16."))
        return condition

    def clean_request_id(self) -> Condition:
        text = self.cleaned_data["request_id"]
        return [with_value("request_id", text)] if text else []

    def clean(self) -> dict[str, object]:
        """Require that the last day is not before the first."""
        since, until = self.cleaned_data.get("since"), self.cleaned_data.get("until")
        if since and until and since > until:
            self.add_error("until", gettext("This is before the first day."))
        return self.cleaned_data

    @property
    def conditions(self) -> list[Condition]:
        """The conditions, except for the time; the most selective first."""
        cleaned = [self.cleaned_data[name] for name in CONDITIONS]
        return [condition for condition in cleaned if condition]

    @property
    def span(self) -> Q:
        """The condition for the time from the first day to the end of the last."""
        since, until = self.cleaned_data["since"], self.cleaned_data["until"]
        span = Q()
        if since:
            span &= Q(at__gte=midnight(since))
        if until:
            span &= Q(at__lt=midnight(until + timedelta(days=1)))
        return span

    def _clean_account(self, column: str) -> Condition:
        text = self.cleaned_data[column]
        if not text:
            return []
        keys = find_accounts(text)
        accounts = all_accounts().filter(pk__in=keys)
        names = ", ".join(account.get_username() for account in accounts)
        if names != text:
            self[column].help_text = names or gettext(
                "No such user now. Events of a deleted user of this name are found."
            )
        return events_of(text, keys, column)


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


def midnight(day: date) -> datetime:
    """Return the beginning of a day, in the time zone of the page."""
    return timezone.make_aware(datetime.combine(day, time.min))
