"""The forms of the second step of an enrolment."""

import json

from django import forms
from django.utils.translation import gettext_lazy as _

from sessions_api.account.forms.codes import CodeField
from sessions_api.account.forms.names import NameField

#: The texts of forms that are rejected.
REFUSED = _("That was not accepted. Please try again.")


class AppForm(forms.Form):
    """The name of an authenticator app, and a code that proves that it has the secret."""

    token = forms.CharField(widget=forms.HiddenInput)
    name = NameField(help_text=_("So that you recognize it later, such as “My phone”."))
    code = CodeField(help_text=_("The six digits that the app shows now."), inputmode="numeric")


class KeyForm(forms.Form):
    """The name of a credential, and what the browser says of it, as JSON."""

    token = forms.CharField(widget=forms.HiddenInput)
    response = forms.CharField(widget=forms.HiddenInput)
    name = NameField(help_text=_("So that you recognize it later, such as “Key on my key ring”."))

    def clean_response(self) -> dict[str, object]:
        try:
            response = json.loads(self.cleaned_data["response"])
        except (ValueError, RecursionError) as error:
            raise forms.ValidationError(REFUSED) from error
        if not isinstance(response, dict):
            raise forms.ValidationError(REFUSED)
        return response
