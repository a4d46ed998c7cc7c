"""What staff say when they secure a hijacked account."""

from typing import Any

from django import forms

from sessions_api.admin.reasons import ReasonField

UNUSABLE = "unusable"


class SecureAccountForm(forms.Form):
    """Why, and what is to become of the password, the second factors and the account itself.

    :param address: where a link for choosing a new password would be mailed.
    :param no_mail: why none can be mailed, as the end of a sentence; empty where one can.
    :param may_remove_factors: whether to offer the removal of second factors.
    :param may_ban: whether to offer a ban.
    """

    reason = ReasonField()
    password = forms.ChoiceField(
        label="New password",
        initial=UNUSABLE,
    )
    remove_factors = forms.BooleanField(
        label="Remove the second factors",
        required=False,
        help_text="A hijacker may have enrolled one. The backup codes go with them.",
    )
    ban = forms.BooleanField(
        label="Ban the account",
        required=False,
        help_text="Nobody uses it, its owner included, until the ban is lifted.",
    )

    def __init__(
        self,
        *args: Any,
        address: str,
        no_mail: str,
        may_remove_factors: bool,
        may_ban: bool,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        password = self.fields["password"]
        assert isinstance(password, forms.ChoiceField)
        choices = [(UNUSABLE, "None, until staff set one")]
        if no_mail:
            password.help_text = f"No link for choosing one can be mailed: {no_mail}."
        else:
            # The address itself: one that is changed while the page is open is not mailed to.
            choices.append((address, f"Chosen by a link that is mailed to {address}"))
            password.help_text = "Before it is mailed: is the address still the owner's?"
        password.choices = choices
        if not may_remove_factors:
            del self.fields["remove_factors"]
        if not may_ban:
            del self.fields["ban"]
