"""The field in which staff give a reason."""

from django.utils.translation import gettext_lazy as _

from killswitches.admin import forms as killswitch_forms


class ReasonField(killswitch_forms.ReasonField):
    """The reason for an operation on sessions: one line of plain text."""

    def __init__(self) -> None:
        super().__init__(help_text=_("Kept in the audit log."))
        self.error_messages["required"] = _("Enter a reason. It is kept in the audit log.")
