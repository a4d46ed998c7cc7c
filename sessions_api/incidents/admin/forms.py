"""The form of an incident: its name, when it began, and which sessions it is about."""

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from killswitches.periods import EARLIEST, LATEST
from killswitches.services import one_line
from sessions_api.callers.networks import read_narrow_network
from sessions_api.http.switch_impact import mounted_dialects
from sessions_api.incidents.admin.searches import LABELS, Criterion, described
from sessions_api.incidents.models.incidents import NAME_LENGTH
from sessions_api.models import SessionKind
from sessions_api.services.session_search import SessionSearch, is_future

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

#: The longest text of a criterion.
LONGEST = 255
#: The fields that are texts, and what they are compared with.
TEXTS = ("network", "location", "browser", "device")
#: The fields with times: the first of each pair is the earlier one.
TIMES = (("created_after", "created_before"), ("used_after", "used_before"))

PLAIN = {
    "class": "vTextField",
    "autocomplete": "off",
    "autocapitalize": "off",
    "dir": "auto",
}


class TimeField(forms.DateTimeField):
    """A date and time, in the time zone of the page."""

    def __init__(
        self,
        *,
        label: "StrOrPromise",
        required: bool = False,
        help_text: "StrOrPromise" = "",
    ) -> None:
        super().__init__(
            label=label,
            required=required,
            help_text=help_text,
            validators=[MinValueValidator(EARLIEST), MaxValueValidator(LATEST)],
            widget=forms.DateTimeInput(
                attrs={"type": "datetime-local", "step": 1}, format="%Y-%m-%dT%H:%M:%S"
            ),
        )

    def prepare_value(self, value: object) -> object:
        if isinstance(value, datetime):
            # Earlier versions have stored times that no time zone can represent.
            value = min(max(value, EARLIEST), LATEST)
        return super().prepare_value(value)


def _text(name: str, help_text: "StrOrPromise", longest: int = LONGEST) -> forms.CharField:
    return forms.CharField(
        label=LABELS[name],
        required=False,
        max_length=longest,
        help_text=help_text,
        widget=forms.TextInput(attrs=PLAIN),
    )


class IncidentForm(forms.Form):
    """What an incident is. A search that is for everybody has to be confirmed.

    :param kept: the search whose criteria without a field are kept.
    """

    required_css_class = "required"

    name = forms.CharField(
        label=_("Name"),
        max_length=NAME_LENGTH,
        widget=forms.TextInput(attrs={"class": "vTextField", "autocomplete": "off"}),
        help_text=_("What happens, in a few words."),
    )
    began_at = TimeField(label=_("Began"), required=True)
    network = _text("network", _("Such as 203.0.113.7 or 203.0.113.0/24."), 64)
    location = _text("location", _("A part of it: a city, a region or a country."))
    browser = _text("browser", _("Its whole name, as the list of sessions shows it."))
    device = _text(
        "device", _("Each is found in the session's name, browser, system or user agent.")
    )
    created_after = TimeField(label=LABELS["created_after"])
    created_before = TimeField(label=LABELS["created_before"])
    used_after = TimeField(label=LABELS["used_after"])
    used_before = TimeField(label=LABELS["used_before"])
    dialect = forms.ChoiceField(label=LABELS["dialect"], required=False)
    of_kind = forms.ChoiceField(label=LABELS["of_kind"], required=False)
    everybody = forms.BooleanField(
        label=_("Everybody's sessions"),
        required=False,
        help_text=_("Tick this only if no filter is set above."),
    )

    def __init__(
        self, data: QueryDict | None = None, *, kept: SessionSearch, initial: dict[str, object]
    ) -> None:
        given = {name: getattr(kept, name) for name in self._criteria()}
        given["of_kind"] = kept.of_kind.value if kept.of_kind else ""
        super().__init__(data, initial=given | initial)
        self.kept = kept
        zone = gettext("Time zone: %(zone)s") % {"zone": timezone.get_current_timezone_name()}
        self.fields["began_at"].help_text = zone
        self._offer("dialect", [(one, one) for one in _dialects(kept.dialect)])
        self._offer("of_kind", [(str(one.value), str(one.label)) for one in SessionKind])

    @classmethod
    def _criteria(cls) -> list[str]:
        return [name for name in cls.base_fields if name in LABELS]

    def about_fields(self) -> list[forms.BoundField]:
        """Return the fields that say what it is."""
        return [self["name"], self["began_at"]]

    def filter_fields(self) -> list[forms.BoundField]:
        """Return the fields that say which sessions it is about."""
        return [self[name] for name in (*self._criteria(), "everybody")]

    def kept_criteria(self) -> tuple[Criterion, ...]:
        """Return the criteria that have no field, in words."""
        return described(SessionSearch(users=self.kept.users, session=self.kept.session)).criteria

    def clean_name(self) -> str:
        """Make it one line, which is not empty."""
        name = one_line(self.cleaned_data["name"])
        if not name:
            raise ValidationError(self.fields["name"].error_messages["required"])
        return name

    def clean_began_at(self) -> datetime:
        began: datetime = self.cleaned_data["began_at"]
        if began > timezone.now():
            raise ValidationError(gettext("This is in the future."))
        return began

    def clean_network(self) -> str:
        text: str = self.cleaned_data["network"]
        if text and not read_narrow_network(text):
            raise ValidationError(gettext("Enter an IP address, or a network such as 10.1.0.0/16."))
        return text

    def clean(self) -> dict[str, object]:
        """Check the criteria together, and that nobody means everybody by mistake."""
        cleaned = self.cleaned_data
        for name in TEXTS:
            if not cleaned.get(name, "").isprintable():
                self.add_error(name, gettext("Remove the invisible characters."))
        for first, last in TIMES:
            begin, end = cleaned.get(first), cleaned.get(last)
            if begin and is_future(begin):
                self.add_error(first, gettext("This is in the future."))
            elif begin and end and begin >= end:
                self.add_error(last, gettext("This is not after the time above."))
        if not self.errors:
            is_everybody = self.search().is_for_everybody
            if is_everybody and not cleaned["everybody"]:
                text = gettext("No filter is set. Set one, or tick this for everybody's sessions.")
                self.add_error("everybody", text)
            elif cleaned["everybody"] and not is_everybody:
                text = gettext("Filters are set. Remove them, or do not tick this.")
                self.add_error("everybody", text)
        return cleaned

    def search(self) -> SessionSearch:
        """Return the sessions that valid data describes."""
        typed = {name: self.cleaned_data[name] for name in self._criteria()}
        kind = typed.pop("of_kind")
        return replace(self.kept, **typed, of_kind=SessionKind(kind) if kind else None)

    def _offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", gettext("Any")), *choices]


def _dialects(current: str) -> list[str]:
    """Return the dialects of the API, and the one of the stored search, which may be gone."""
    known = list(mounted_dialects())
    return known if current in ("", *known) else [*known, current]
