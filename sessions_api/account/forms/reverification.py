"""Forms whose sender proves again who they are."""

from typing import cast

from django import forms
from django.contrib.auth.forms import SetPasswordForm
from django.utils.translation import gettext_lazy as _

from sessions_api.account.forms.answer import AnswerForm


class ReverifiedForm(AnswerForm):
    """The password and, if the user has a second factor, the answer to a challenge.

    Subclasses add what they need. The proof comes last on the page, and is checked last.

    :param asks: whether the user has a second factor.
    """

    #: The fields of the proof.
    PROOF = ("password", "token", "response", "code")

    password = forms.CharField(
        label=_("Your current password"),
        strip=False,
        max_length=4096,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, *args: object, asks: bool, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.asks = asks
        if not asks:
            for name in AnswerForm.base_fields:
                del self.fields[name]
        own = [name for name in self.fields if name not in self.PROOF]
        self.order_fields([*own, *self.PROOF])

    @property
    def given_password(self) -> str:
        """The password, once the form is valid."""
        return cast(str, self.cleaned_data["password"])


class NewPasswordForm(ReverifiedForm, SetPasswordForm):  # type: ignore[type-arg]
    """A new password, twice, under the host's rules for passwords."""
