"""Why staff do what they do."""

from typing import Any

from killswitches.admin import forms as killswitch_forms


class ReasonField(killswitch_forms.ReasonField):
    """Why something is done to sessions: one line of plain text."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(help_text="Kept in the audit trail.", **kwargs)
        self.error_messages["required"] = "Say why: it is kept in the audit trail."
