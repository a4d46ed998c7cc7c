"""The forms that confirm the ending of sessions."""

import uuid
from collections.abc import Mapping

from django import forms
from django.http import QueryDict
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from sessions_api.admin.reasons import ReasonField

#: The word to type to end everybody's sessions.
EVERYBODY = "everybody"


class ReasonedEndForm(forms.Form):
    """Confirms that sessions are to be ended, for a reason.

    :param everybody: whether everybody's sessions are selected, which must be confirmed by typing a
        word.
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

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        everybody: bool,
        initial: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(data, initial=dict(initial or {}))
        if not everybody:
            del self.fields["everybody"]

    def clean_everybody(self) -> str:
        """Check the word, ignoring case."""
        typed: str = self.cleaned_data["everybody"]
        if typed.lower() != EVERYBODY:
            raise forms.ValidationError(self.fields["everybody"].error_messages["required"])
        return typed


class EndSessionsForm(ReasonedEndForm):
    """Confirms that the sessions of stored criteria are to be ended."""

    # So that a page that is submitted twice has an effect once.
    confirmation = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    criteria = forms.CharField(widget=forms.HiddenInput)
    back = forms.CharField(widget=forms.HiddenInput)

    @property
    def is_forged(self) -> bool:
        """Whether the fields that nobody can edit are invalid."""
        return any(field.name in self.errors for field in self.hidden_fields())
