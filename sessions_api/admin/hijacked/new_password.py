"""Choosing a new password by a link that staff have had mailed."""

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
    """Django's, but it writes the password alone, once, and only while the link still holds.

    Django's writes all of the account as it was before the hash: one that is secured at that moment
    would have the hijacker's password, and be banned no more. A host mounts it under the name
    ``password_reset_confirm``.
    """

    #: As Django's view finds it; None where the link names nobody.
    user: Any

    def form_valid(self, form: Form) -> HttpResponse:
        """Set the password; what a link that does not hold any more leads to, otherwise."""
        request: HttpRequest = self.request
        token = request.session.pop(INTERNAL_RESET_SESSION_TOKEN, "")
        try:
            change_password(
                self.user,
                form.cleaned_data["new_password1"],
                actor=Actor(user=self.user, client=Client.of(request)),
                reason=REASON,
                # The address may be another by now, to which it was not mailed.
                still_holds=lambda account: self.token_generator.check_token(account, token),
            )
        except (InvalidUser, PasswordChanged):
            self.validlink = False
            return self.render_to_response(self.get_context_data())
        return HttpResponseRedirect(self.get_success_url())
