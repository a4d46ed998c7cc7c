"""The page of the admin on which its users change their own passwords.

Knowing a session of somebody else's is not enough: the old password is checked as a reverification
of the API checks it, with the same limit and on the same record, and who has a second factor shows
it as well.
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

#: What the challenges of this page are for; none of another page or endpoint opens it.
PURPOSE = "admin password change"

BUSY = _("Too many passwords are being processed. Nothing was changed; please try again.")
CHANGED = _("Somebody else has changed your password meanwhile. Nothing was changed here.")


class OwnPasswordForm(AnswerForm, AdminPasswordChangeForm):
    """The old password, the new one twice, and where there is a second factor an answer.

    Validating it checks them from the cheapest to the dearest; the answer is spent last.

    :param asks: whether the user has a second factor.
    """

    field_order = ["old_password", "new_password1", "new_password2"]

    def __init__(self, request: HttpRequest, *args: Any, asks: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request, self.asks = request, asks
        if asks:
            del self.fields["code"].widget.attrs["autofocus"]
            # One that is missing is no answer; nobody types it.
            self.fields["token"].required = False
        else:
            for name in AnswerForm.base_fields:
                del self.fields[name]

    def clean_old_password(self) -> str:
        """As it came: it is checked when all the rest is right."""
        return str(self.cleaned_data["old_password"])

    @sensitive_variables("old_password")
    def clean(self) -> dict[str, object]:
        cleaned = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        actor = Actor.of(self.request)
        try:
            reverify(actor, cleaned["old_password"], purpose=PURPOSE)
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
    """Django's own, with a form that asks for more. The session in which it is used lives on."""

    form_class = OwnPasswordForm
    template_name = "admin/second_factors/password_change.html"

    def get_form_kwargs(self) -> dict[str, object]:
        """Django's own, with what the form needs besides."""
        has_factors = has_any(self.request.user)
        return super().get_form_kwargs() | {"request": self.request, "asks": has_factors}

    def get_context_data(self, **kwargs: object) -> dict[str, object]:
        """Django's own; for who has a second factor with a challenge, a new one each time."""
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

    # Django makes the form of `form_class`, and of no other.
    def form_valid(self, form: OwnPasswordForm) -> HttpResponse:  # type: ignore[override]
        """Change it, and lead on."""
        password, actor = form.cleaned_data["new_password1"], Actor.of(self.request)
        try:
            change_password(
                form.user,
                password,
                actor=actor,
                # Banned, or with a second factor by now that was not asked for.
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
        """The page again, with a status that says why if it is not for what was typed."""
        response = super().form_invalid(form)
        response.status_code = status_of(form)
        return response
