"""What staff say when they end sessions."""

import uuid

from django import forms
from django.http import QueryDict
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from sessions_api.admin.reasons import ReasonField

#: What is typed to end the sessions of everybody.
EVERYBODY = "everybody"


class EndSessionsForm(forms.Form):
    """The confirmation that sessions are to end.

    :param everybody: whether they are the sessions of everybody, which takes a word more.
    """

    reason = ReasonField()
    everybody = forms.CharField(
        label=format_lazy(_("Type “{word}”"), word=EVERYBODY),
        help_text=_("No filter is set, so this ends everybody's sessions."),
        widget=forms.TextInput(
            attrs={"class": "vTextField", "autocomplete": "off", "autocapitalize": "none"}
        ),
        error_messages={
            "required": format_lazy(_("Type “{word}” to end everybody's sessions."), word=EVERYBODY)
        },
    )
    # One of two posts of the same page is to do nothing.
    confirmation = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    criteria = forms.CharField(widget=forms.HiddenInput)
    back = forms.CharField(widget=forms.HiddenInput)

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        everybody: bool,
        initial: dict[str, str] | None = None,
    ) -> None:
        super().__init__(data, initial=initial)
        if not everybody:
            del self.fields["everybody"]

    def clean_everybody(self) -> str:
        """The word itself, in whatever case."""
        typed: str = self.cleaned_data["everybody"]
        if typed.lower() != EVERYBODY:
            raise forms.ValidationError(self.fields["everybody"].error_messages["required"])
        return typed

    @property
    def is_forged(self) -> bool:
        """Whether what nobody types is wrong."""
        return any(field.name in self.errors for field in self.hidden_fields())
