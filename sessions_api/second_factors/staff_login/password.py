"""The admin page on which staff change their own passwords.

A hijacked session is not enough to do so: the old password is checked as in the API's
reverification, with the same rate limit and audit events, and a second factor is required if the
user has one.
"""

from typing import Any

from django.contrib.admin.forms import AdminPasswordChangeForm
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.auth.views import PasswordChangeView
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables

from sessions_api.callers.clients import Client
from sessions_api.exceptions import (
    InvalidPassword,
    InvalidUser,
    Overloaded,
    RateLimited,
    SecondFactorChallengeRequired,
)
from sessions_api.second_factors.models import SecondFactor
from sessions_api.second_factors.services.challenges import has_any, require_challenge
from sessions_api.second_factors.staff_login.forms import (
    OVERLOADED,
    THROTTLED,
    TOO_MANY,
    AnswerForm,
    status_of,
)
from sessions_api.services.audit import Actor
from sessions_api.services.passwords import PasswordChanged, change_password
from sessions_api.services.reverification import reverify

#: The purpose of this page's challenges; those of other pages or endpoints are rejected.
PURPOSE = "admin password change"

BUSY = _("Too many passwords are being processed. Nothing was changed; please try again.")
CHANGED = _("Somebody else has changed your password meanwhile. Nothing was changed here.")


class OwnPasswordForm(AnswerForm, AdminPasswordChangeForm):
    """The old password, the new one twice, and the answer to a challenge if one is required.

    They are validated from the cheapest to the most expensive; the answer is spent last.

    :param asks: whether the user has a second factor, so that an answer is required.
    """

    field_order = ["old_password", "new_password1", "new_password2"]

    def __init__(self, request: HttpRequest, *args: Any, asks: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request, self.asks = request, asks
        if asks:
            del self.fields["code"].widget.attrs["autofocus"]
            # A hidden field must not be reported as missing; without a token no answer is valid.
            self.fields["token"].required = False
        else:
            for name in AnswerForm.base_fields:
                del self.fields[name]

    def clean_old_password(self) -> str:
        """Return it unchecked: :meth:`clean` checks it once everything else is valid."""
        return str(self.cleaned_data["old_password"])

    @sensitive_variables("old_password")
    def clean(self) -> dict[str, object]:
        cleaned = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        actor = Actor.of(self.request)
        try:
            reverify(actor, cleaned["old_password"], purpose=PURPOSE, request=self.request)
        except InvalidPassword as error:
            text = self.error_messages["password_incorrect"]
            raise ValidationError({"old_password": text}) from error
        except RateLimited as error:
            raise ValidationError(TOO_MANY, code=THROTTLED) from error
        except Overloaded as error:
            raise ValidationError(BUSY, code=OVERLOADED) from error
        except SecondFactorChallengeRequired:
            self.verify_answer(Client.of(self.request), purpose=PURPOSE, user=actor.account)
        return cleaned


@method_decorator(never_cache, name="dispatch")
class OwnPasswordView(PasswordChangeView):
    """Django's view with a stricter form. The current session stays valid."""

    form_class = OwnPasswordForm
    template_name = "admin/second_factors/password_change.html"

    def get_form_kwargs(self) -> dict[str, object]:
        """Add the arguments of the form."""
        has_factors = has_any(self.request.user)
        return super().get_form_kwargs() | {"request": self.request, "asks": has_factors}

    def get_context_data(self, **kwargs: object) -> dict[str, object]:
        """Add a new challenge if the user has a second factor."""
        context = super().get_context_data(**kwargs)
        try:
            require_challenge(Actor.of(self.request).account, purpose=PURPOSE)
        except SecondFactorChallengeRequired as challenge:
            asked = challenge.data
            context |= {
                "token": asked["token"],
                "takes_codes": asked["types"] != [SecondFactor.Type.WEBAUTHN],
                "options": asked.get("challenge"),
            }
        return context

    # Django always creates the form from `form_class`.
    def form_valid(self, form: OwnPasswordForm) -> HttpResponse:  # type: ignore[override]
        """Change the password, and redirect."""
        password, actor = form.cleaned_data["new_password1"], Actor.of(self.request)
        try:
            change_password(
                form.user,
                password,
                actor=actor,
                keep=actor.session,
                # Refused if banned in the meantime, or if a second factor was enrolled.
                still_holds=lambda account: (
                    account.is_active and (form.asks or not has_any(account))
                ),
            )
        except Overloaded:
            form.add_error(None, ValidationError(BUSY, code=OVERLOADED))
            return self.form_invalid(form)
        except (PasswordChanged, InvalidUser):
            form.add_error(None, CHANGED)
            return self.form_invalid(form)
        update_session_auth_hash(self.request, form.user)
        return HttpResponseRedirect(self.get_success_url())

    def form_invalid(self, form: PasswordChangeForm) -> HttpResponse:
        """Show the page again, with the status of :func:`status_of`."""
        response = super().form_invalid(form)
        response.status_code = status_of(form)
        return response
