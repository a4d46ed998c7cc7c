"""The field for a code from an app or a list."""

from typing import TYPE_CHECKING

from django import forms
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class CodeInput(forms.TextInput):
    """An input that is empty when its form is shown again: the next code is another one."""

    def format_value(self, value: object) -> None:
        """Return no value."""


class CodeField(forms.CharField):
    """A code to type, which browsers may fill in but not correct.

    :param attrs: further attributes of the input, such as ``inputmode``.
    """

    def __init__(self, *, help_text: "StrOrPromise", required: bool = True, **attrs: str) -> None:
        given = {"autocomplete": "one-time-code", "autocapitalize": "none", "spellcheck": "false"}
        super().__init__(
            label=_("Code"),
            required=required,
            max_length=64,
            help_text=help_text,
            widget=CodeInput(attrs=given | attrs),
        )
