"""Choosing a new password."""

from collections.abc import Callable, Mapping
from typing import TypedDict

from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy

from sessions_api.account.forms.reverification import NewPasswordForm, ReverifiedForm
from sessions_api.account.views.reverified import ReverifiedPage
from sessions_api.conf import api_settings
from sessions_api.exceptions import InvalidSession, InvalidUser
from sessions_api.models import UserSession
from sessions_api.services.audit import Actor
from sessions_api.services.passwords import PasswordChanged, change_password
from sessions_api.services.second_factors import second_factors


class Terms(TypedDict):
    """How a password is changed."""

    actor: Actor
    keep: UserSession | None
    still_holds: Callable[[AbstractBaseUser], bool]


class NewPasswordPage(ReverifiedPage):
    """Sets a new password. All other sessions end, unless the settings say otherwise."""

    title = gettext_lazy("New password")
    template_name = "sessions_api/account/password.html"
    form_class = NewPasswordForm

    def make_form(self, data: Mapping[str, object] | None = None, *, asks: bool) -> NewPasswordForm:
        """Return the form for the user, whose rules may depend on them."""
        return NewPasswordForm(self.user, data, asks=asks)

    def perform(self, form: ReverifiedForm) -> HttpResponseBase:
        """Change the password, and keep this session."""
        try:
            self.change(form.cleaned_data["new_password1"], self._terms(form))
        except InvalidUser as error:
            raise InvalidSession from error
        except PasswordChanged:
            form.add_error(
                None,
                gettext(
                    "Something about your account has changed in the meantime. Nothing was changed "
                    "here."
                ),
            )
            return self.show_again(form)
        self.say(self.success_message())
        return HttpResponseRedirect(reverse("account:sessions"))

    def change(self, raw: str, terms: Terms) -> None:
        """Change the password.

        :raises InvalidUser: the account has been deleted.
        :raises PasswordChanged: it may not be changed any more.
        """
        change_password(self.user, raw, **terms)

    def success_message(self) -> str:
        """Return what to say afterwards."""
        if api_settings().PASSWORD_CHANGE_ENDS_SESSIONS:
            return gettext("You have a new password, and are logged out everywhere else.")
        return gettext("You have a new password.")

    def get_context_data(self, **kwargs: object) -> dict[str, object]:
        """Add whether other sessions end."""
        ends = api_settings().PASSWORD_CHANGE_ENDS_SESSIONS
        return super().get_context_data(**{"ends_others": ends} | kwargs)

    def _terms(self, form: ReverifiedForm) -> Terms:
        return {
            "actor": self.actor,
            "keep": self.session,
            # Refused if banned in the meantime, or if a second factor was enrolled.
            "still_holds": lambda account: (
                account.is_active and (form.asks or not second_factors().has_any(account))
            ),
        }
