"""The forms of the login."""

from django import forms
from django.utils.translation import gettext_lazy as _

from sessions_api.account.forms.answer import AnswerForm


class PasswordForm(forms.Form):
    """Name and password."""

    username = forms.CharField(
        label=_("Name"),
        # Longer ones are no account's.
        max_length=255,
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        # Longer ones take time to hash.
        max_length=4096,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    remember = forms.BooleanField(label=_("Stay logged in on this device"), required=False)


class SecondStepForm(AnswerForm):
    """The second factor, with what was chosen beside the password."""

    remember = forms.BooleanField(required=False, widget=forms.HiddenInput)
