"""The form that turns a switch on, for which a reason is required."""

from typing import TYPE_CHECKING

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ..approvals.wishes import Wish
from ..durations import duration
from ..models import REASON_LENGTH
from ..registry import Switch
from ..second_person import needs_second_person
from ..services import one_line
from .condition_forms import ConditionsForm

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

#: The choice of a date and time instead of a duration.
MOMENT = "at"
#: The name of the button that previews conditions.
PREVIEW = "preview"


class ReasonField(forms.CharField):
    """The reason for a flip: one line of plain text."""

    def __init__(
        self,
        *,
        label: "StrOrPromise | None" = None,
        required: bool = True,
        help_text: "StrOrPromise" = "",
    ) -> None:
        super().__init__(
            label=_("Reason") if label is None else label,
            required=required,
            max_length=REASON_LENGTH,
            widget=forms.TextInput(attrs={"class": "vTextField", "autocomplete": "off"}),
            error_messages={"required": _("Enter a reason. It is kept in the switch's history.")},
            help_text=help_text,
        )

    def to_python(self, value: object) -> str:
        return one_line(super().to_python(value) or "")


class TurnOnForm(ConditionsForm):
    """Turns a switch on, or changes for whom it is on and when it turns off automatically.

    For a switch that needs a second person, there are fields to turn it on without one.

    :ivar is_preview: whether only the conditions are to be previewed, which takes no reason.
    """

    required_css_class = "required"

    reason = ReasonField()
    end = forms.ChoiceField(
        label=_("Turn off"),
        required=False,
        choices=[
            ("", _("manually")),
            ("15m", _("in 15 minutes")),
            ("1h", _("in 1 hour")),
            ("1d", _("in 1 day")),
            (MOMENT, _("at the date and time below")),
        ],
    )
    until = forms.DateTimeField(
        label=_("Date and time"),
        required=False,
        widget=forms.DateTimeInput(
            attrs={"type": "datetime-local", "step": 1}, format="%Y-%m-%dT%H:%M:%S"
        ),
    )

    def __init__(self, switch: Switch, data: QueryDict | None = None) -> None:
        super().__init__(data)
        self.switch = switch
        self.is_preview = data is not None and PREVIEW in data
        self.fields["reason"].required = not self.is_preview
        self.fields["until"].help_text = gettext("Time zone: %(zone)s") % {
            "zone": timezone.get_current_timezone_name()
        }
        if switch.guarded:
            self.fields["name"] = forms.CharField(
                label=_("Name of the switch"),
                required=not self.is_preview,
                help_text=gettext("Type %(switch)s to confirm.") % {"switch": switch.name},
                widget=forms.TextInput(
                    attrs={"class": "vTextField", "autocomplete": "off", "autocapitalize": "off"}
                ),
            )
        if needs_second_person(switch):
            self.fields["alone"] = forms.BooleanField(
                label=_("Without a second person"),
                required=False,
                help_text=_("At once, because nobody else can be reached. It is recorded."),
            )
            self.fields["alone_because"] = ReasonField(
                label=_("Why nobody else can be reached"), required=False
            )

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if name != self.switch.name and not self.is_preview:
            raise forms.ValidationError(
                gettext("This does not match %(switch)s.") % {"switch": self.switch.name}
            )
        return name

    def clean(self) -> dict[str, object]:
        super().clean()
        cleaned = self.cleaned_data
        end, moment = cleaned.get("end"), cleaned.get("until")
        if end == MOMENT and moment is None and "until" not in self.errors:
            self.add_error("until", gettext("Enter a date and time."))
        elif end != MOMENT and moment is not None:
            self.add_error(
                "until", gettext("Choose “at the date and time below” above, or leave this empty.")
            )
        elif end and end != MOMENT:
            cleaned["lasts"] = duration(end)
        if "alone" in self.fields:
            self._clean_alone()
        return cleaned

    def wish(self) -> Wish:
        """Return what valid data asks for."""
        cleaned = self.cleaned_data
        return Wish(
            cleaned["reason"],
            until=cleaned["until"],
            lasts=cleaned.get("lasts"),
            conditions=cleaned["conditions"],
            alone_because=cleaned.get("alone_because", ""),
        )

    def _clean_alone(self) -> None:
        cleaned = self.cleaned_data
        if "alone_because" in self.errors:
            return
        if cleaned["alone"] and not cleaned["alone_because"]:
            self.add_error("alone_because", gettext("Enter why nobody else can be reached."))
        elif cleaned["alone_because"] and not cleaned["alone"]:
            self.add_error("alone", gettext("Tick this, or leave the field below empty."))
