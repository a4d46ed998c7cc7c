"""Names that users give to things, under the rules of the API."""

from typing import TYPE_CHECKING

from django import forms
from django.utils.translation import gettext_lazy as _

from sessions_api.callers.session_names import NAME_LENGTH, clean_session_name

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class NameField(forms.CharField):
    """A name of 1 to 128 printable characters after trimming."""

    default_error_messages = {"unprintable": _("Choose a name of characters that can be seen.")}

    def __init__(self, *, help_text: "StrOrPromise") -> None:
        super().__init__(label=_("Name"), max_length=NAME_LENGTH, help_text=help_text)

    def clean(self, value: str) -> str:
        name = clean_session_name(super().clean(value))
        if name is None:
            raise forms.ValidationError(self.error_messages["unprintable"], code="unprintable")
        return name
