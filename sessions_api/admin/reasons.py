"""The field in which staff give a reason."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from killswitches.admin import forms as killswitch_forms

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class ReasonField(killswitch_forms.ReasonField):
    """The reason for an operation on sessions: one line of plain text."""

    def __init__(
        self,
        *,
        label: "StrOrPromise" = "",
        help_text: "StrOrPromise" = "",
        required: bool = True,
    ) -> None:
        super().__init__(help_text=help_text or _("Kept in the audit log."))
        self.label, self.required = label or self.label, required
        self.error_messages["required"] = _("Enter a reason. It is kept in the audit log.")
