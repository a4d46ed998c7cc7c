"""The answer to a challenge: a typed code, or what a passkey or security key says."""

from django import forms
from django.utils.translation import gettext_lazy as _

from sessions_api.account.forms.codes import CodeField
from sessions_api.services.second_factors import second_factors

#: More than the longest answer of a passkey takes, and the longest token.
LONGEST = 16_384


class AnswerForm(forms.Form):
    """A code, or the response of a credential, which the page's script fills in as JSON."""

    token = forms.CharField(required=False, max_length=LONGEST, widget=forms.HiddenInput)
    response = forms.CharField(required=False, max_length=LONGEST, widget=forms.HiddenInput)
    code = CodeField(
        required=False, help_text=_("From your authenticator app, or one of your backup codes.")
    )

    @property
    def answer(self) -> object:
        """The answer in the form of the API.

        :raises InvalidSecondFactorResponse: it is malformed.
        """
        given = self.cleaned_data
        return second_factors().answer_of_form(
            {name: given[name] for name in ("token", "response", "code")}
        )
