"""Choosing a new password with a link that staff have sent."""

from typing import Any

from django.contrib.auth.views import INTERNAL_RESET_SESSION_TOKEN, PasswordResetConfirmView
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from sessions_api.callers.clients import Client
from sessions_api.exceptions import InvalidUser
from sessions_api.services.audit import Actor
from sessions_api.services.passwords import PasswordChanged, change_password

REASON = "Chosen by a link that was mailed"


class NewPasswordView(PasswordResetConfirmView):
    """Django's view, except that it writes only the password, and only if the link is still valid.

    Django writes every column as it was before the password was hashed. An account that is secured
    in the meantime would get back the hijacker's password, and lose its ban. Hosts add the view to
    their URLs under the name ``password_reset_confirm``.
    """

    #: Set by Django's view; None if the link names no account.
    user: Any

    def form_valid(self, form: Form) -> HttpResponse:
        """Set the password, or show the page for invalid links."""
        request: HttpRequest = self.request
        token = request.session.pop(INTERNAL_RESET_SESSION_TOKEN, "")
        try:
            change_password(
                self.user,
                form.cleaned_data["new_password1"],
                actor=Actor(user=self.user, client=Client.of(request)),
                reason=REASON,
                # The address may have been changed since the link was mailed.
                still_holds=lambda account: self.token_generator.check_token(account, token),
            )
        except (InvalidUser, PasswordChanged):
            self.validlink = False
            return self.render_to_response(self.get_context_data())
        return HttpResponseRedirect(self.get_success_url())
