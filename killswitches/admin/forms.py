"""The admin's form. Turning a switch on asks for a reason."""

from typing import Any

from django import forms
from django.utils import timezone

from ..durations import duration
from ..models import REASON_LENGTH
from ..registry import Switch
from ..services import one_line

#: The choice beside the durations: a date and time of one's own.
MOMENT = "at"


class ReasonField(forms.CharField):
    """Why a switch is flipped: one line of plain text."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            label="Reason",
            max_length=REASON_LENGTH,
            widget=forms.TextInput(attrs={"class": "vTextField", "autocomplete": "off"}),
            error_messages={"required": "Say why: it is kept in the history of the switch."},
            **kwargs,
        )

    def to_python(self, value: object) -> str:
        return one_line(super().to_python(value) or "")


class TurnOnForm(forms.Form):
    """Turn a switch on, or change when it goes off by itself.

    When it is valid, ``cleaned_data`` has the ``reason``, and ``until`` as ``set_switch`` takes it.
    """

    required_css_class = "required"

    reason = ReasonField()
    end = forms.ChoiceField(
        label="Goes off",
        required=False,
        choices=[
            ("", "when somebody turns it off"),
            ("15m", "in 15 minutes"),
            ("1h", "in an hour"),
            ("1d", "in a day"),
            (MOMENT, "at the date and time below"),
        ],
    )
    until = forms.DateTimeField(
        label="Date and time",
        required=False,
        widget=forms.DateTimeInput(
            attrs={"type": "datetime-local", "step": 1}, format="%Y-%m-%dT%H:%M:%S"
        ),
    )

    def __init__(self, switch: Switch, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.switch = switch
        self.fields["until"].help_text = f"In the time zone {timezone.get_current_timezone_name()}."
        if switch.guarded:
            self.fields["name"] = forms.CharField(
                label="Name of the switch",
                help_text=f"Type {switch.name} to confirm.",
                widget=forms.TextInput(
                    attrs={"class": "vTextField", "autocomplete": "off", "autocapitalize": "off"}
                ),
            )

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if name != self.switch.name:
            raise forms.ValidationError(f"That is not {self.switch.name}.")
        return name

    def clean(self) -> dict[str, object]:
        cleaned = self.cleaned_data
        end, moment = cleaned.get("end"), cleaned.get("until")
        if end == MOMENT and moment is None and "until" not in self.errors:
            self.add_error("until", "Say at which date and time.")
        elif end != MOMENT and moment is not None:
            self.add_error("until", "Choose this date and time above, or leave it empty.")
        elif end and end != MOMENT:
            cleaned["until"] = timezone.now() + duration(end)
        return cleaned
