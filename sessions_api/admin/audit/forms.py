"""The form with which the audit log is filtered by values that cannot be offered as choices."""

from datetime import date, timedelta
from typing import TYPE_CHECKING

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from killswitches.periods import YEARS, midnight
from sessions_api.accounts.lookup import all_accounts, find_accounts
from sessions_api.admin.audit.search import (
    Condition,
    events_from,
    events_naming,
    events_of,
    with_value,
)
from sessions_api.admin.listing.search import SID_DIGITS, read_number

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class DayField(forms.DateField):
    """A date, in the time zone of the page."""

    def __init__(self, label: "StrOrPromise") -> None:
        first, last = date(YEARS[0], 1, 1), date(YEARS[-1], 12, 31)
        limits = [MinValueValidator(first), MaxValueValidator(last)]
        day = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        super().__init__(label=label, required=False, validators=limits, widget=day)


class CodeField(forms.CharField):
    """An address or an id, which also reads from left to right on Arabic pages."""

    def __init__(self, label: "StrOrPromise") -> None:
        typed = forms.TextInput(attrs={"dir": "auto"})
        super().__init__(label=label, required=False, max_length=64, widget=typed)


#: The fields that are cleaned to conditions, the most selective first.
CONDITIONS = ("request_id", "subject", "actor", "address", "session")


class EventForm(forms.Form):
    """Actor, user, address, request, session, and the first and last day; all of them optional.

    Fields are cleaned to conditions and dates.
    """

    actor = forms.CharField(label=_("By"), required=False, max_length=255)
    subject = forms.CharField(label=_("User"), required=False, max_length=255)
    address = CodeField(label=_("IP address or network"))
    request_id = CodeField(label=_("Request ID"))
    session = forms.CharField(label=_("Session ID"), required=False, max_length=SID_DIGITS)
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

    def clean_session(self) -> Condition:
        text = self.cleaned_data["session"]
        if text and read_number(text) is None:
            raise ValidationError(gettext("Enter the number of a session."))
        return events_naming(text) if text else []

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
