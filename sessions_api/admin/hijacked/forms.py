"""The form that secures a hijacked account."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from sessions_api.admin.reasons import ReasonField

UNUSABLE = "unusable"


class SecureAccountForm(forms.Form):
    """The reason, and what to do about the password, the second factors and the account.

    :param address: the address to which a link for choosing a new password would be mailed.
    :param no_mail: why no link can be mailed; empty if one can.
    :param may_remove_factors: whether to offer the removal of second factors.
    :param may_ban: whether to offer a ban.
    """

    reason = ReasonField()
    password = forms.ChoiceField(
        label=_("Password"),
        initial=UNUSABLE,
    )
    remove_factors = forms.BooleanField(
        label=_("Remove second factors"),
        required=False,
        help_text=_("The hijacker may have added one. Backup codes are removed, too."),
    )
    ban = forms.BooleanField(
        label=_("Ban the account"),
        required=False,
        help_text=_("Nobody can use it, including its owner, until it is unbanned."),
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
        choices = [(UNUSABLE, gettext("Block login until staff set a password"))]
        if no_mail:
            password.help_text = no_mail
        else:
            # The value is the address, so that nothing is mailed if it is changed in the meantime.
            text = gettext("Email a link for choosing a new one to %(address)s")
            choices.append((address, text % {"address": address}))
            password.help_text = gettext(
                "Before you send it: does the address still belong to the owner?"
            )
        password.choices = choices
        if not may_remove_factors:
            del self.fields["remove_factors"]
        if not may_ban:
            del self.fields["ban"]
