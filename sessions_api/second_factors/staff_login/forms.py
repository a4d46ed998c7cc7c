"""The forms of the admin's login: first the password, then the second factor."""

from typing import cast

from django import forms
from django.conf import settings
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth import load_backend
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import Error
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext_lazy as _

from sessions_api.accounts.lookup import all_accounts, find_by_login, is_staff
from sessions_api.callers.clients import Client, network_of
from sessions_api.exceptions import (
    ApiError,
    Banned,
    InsufficientPermissions,
    InvalidPassword,
    InvalidUser,
    Overloaded,
    RateLimited,
    SecondFactorChallengeRequired,
)
from sessions_api.http.policy import PAGE_LOGIN
from sessions_api.models import AuditEvent, UserSession
from sessions_api.passwords.checking import is_still_correct, report_problem
from sessions_api.ratelimits.reservations import reserve
from sessions_api.second_factors.services.challenges import require_challenge, verify_challenge
from sessions_api.second_factors.services.typed_answers import answer_of_form
from sessions_api.services.audit import Actor, record
from sessions_api.services.console_sessions import SITE
from sessions_api.signals import login_failed, send_after_commit

#: The purpose of the admin's challenges, so that they cannot be exchanged with those of the API.
PURPOSE = "admin login"

#: The code of a form's error if there were too many attempts.
THROTTLED = "throttled"
TOO_MANY = _("Too many attempts. Please try again in a few minutes.")
#: The code of a form's error if the queue of password hashes is full.
OVERLOADED = "overloaded"
BUSY = _("Too many people are logging in. Please try again in a few seconds.")
#: The only message for rejected answers, whatever is wrong with them.
REFUSED = _("That was not accepted, or it came too late. Please try again.")


class PasswordForm(AdminAuthenticationForm):
    """Django's form, rate limited and audited, with the same message for all failures.

    Each attempt is charged before the password is checked, and refunded if it was correct or could
    not be checked. So parallel guesses cannot exceed the limit, and knowing one password refunds no
    other attempts. Validating it raises :exc:`SecondFactorChallengeRequired` if the password is
    correct and the user has a second factor; nobody is logged in then.
    """

    def clean(self) -> dict[str, object]:
        # Django's views always pass their request.
        client = Client.of(cast(HttpRequest, self.request))
        reservation = reserve(PAGE_LOGIN.quotas(network_of(client.address)))
        if reservation.refused:
            raise ValidationError(TOO_MANY, code=THROTTLED)
        try:
            cleaned = super().clean()
        except (Error, SecondFactorChallengeRequired):
            reservation.refund()
            raise
        except Overloaded as error:
            reservation.refund()
            raise ValidationError(BUSY, code=OVERLOADED) from error
        except ValidationError:
            self._note_failure(client)
            raise
        if self.user_cache is not None:
            reservation.refund()
        return cleaned

    def confirm_login_allowed(self, user: AbstractBaseUser) -> None:
        """Require a second factor if the user has one.

        :raises ValidationError: the user may not log in; the message does not say why.
        """
        if not is_still_correct(user, self.cleaned_data["password"]):
            self.user_cache = None
            raise self.get_invalid_login_error()
        # Read again, because checking the password takes a while.
        now = all_accounts().filter(pk=user.pk).first()
        if now is None or not (now.is_active and is_staff(now)):
            raise self.get_invalid_login_error()
        require_challenge(user, purpose=PURPOSE)

    def _note_failure(self, client: Client) -> None:
        # Always queried, so that the response time reveals nothing.
        named = find_by_login(self.cleaned_data["username"])
        user: AbstractBaseUser | None = self.user_cache or named
        if user is not None:
            report_problem(user)
        code = self._error(user).code
        actor = Actor(client=client)
        record(AuditEvent.Kind.LOGIN_FAILED, actor, subject=user, code=code, site=SITE)
        send_after_commit(login_failed, UserSession, user=user, client=client, code=code)

    def _error(self, user: AbstractBaseUser | None) -> type[ApiError]:
        """Return the API's error for the failure, which is audited but not shown."""
        if user is None:
            return InvalidUser
        if self.user_cache is None:
            return InvalidPassword
        return InsufficientPermissions if user.is_active else Banned


class AnswerForm(forms.Form):
    """The answer to a challenge: a typed code, or a credential's response as JSON."""

    token = forms.CharField(widget=forms.HiddenInput)
    response = forms.CharField(required=False, widget=forms.HiddenInput)
    code = forms.CharField(
        label=_("Code"),
        required=False,
        help_text=_("From your authenticator app, or one of your backup codes."),
        widget=forms.TextInput(
            attrs={
                "autocomplete": "one-time-code",
                "autocapitalize": "none",
                "spellcheck": "false",
                "autofocus": True,
                # Only applies to typed codes; a credential's response is posted without one.
                "required": True,
            }
        ),
    )

    def verify_answer(
        self, client: Client, *, purpose: str, user: AbstractBaseUser | None = None
    ) -> AbstractBaseUser:
        """Verify the answer, which can be used once.

        Parameters are those of
        :func:`sessions_api.second_factors.services.challenges.verify_challenge`.

        :raises ValidationError: the answer is rejected.
        """
        try:
            return verify_challenge(
                answer_of_form(self.cleaned_data), purpose=purpose, client=client, user=user
            )
        except RateLimited as error:
            raise ValidationError(TOO_MANY, code=THROTTLED) from error
        except ApiError as error:
            raise refusal() from error


class SecondFactorForm(AnswerForm):
    """The form of the login's second page.

    Validating it spends the answer. A valid form has the attributes ``user`` and ``backend``, the
    path of the authentication backend that has this user.
    """

    user: AbstractBaseUser
    backend: str

    def __init__(
        self,
        request: HttpRequest,
        data: QueryDict | None = None,
        *,
        initial: dict[str, object] | None = None,
    ) -> None:
        super().__init__(data, initial=initial)
        self.request = request

    def clean(self) -> None:
        user = self.verify_answer(Client.of(self.request), purpose=PURPOSE)
        backend = _backend_of(user)
        # Both may have changed since the password was checked.
        if backend is None or not is_staff(user):
            raise refusal()
        self.user, self.backend = user, backend


def refusal() -> ValidationError:
    """Return the error for rejected answers."""
    return ValidationError({"code": REFUSED})


def status_of(form: forms.Form) -> int:
    """Return the HTTP status of a page with a form.

    :returns: 429 or 503 if the form was refused because of load, otherwise 200.
    """
    statuses = {THROTTLED: 429, OVERLOADED: 503}
    found = (status for code, status in statuses.items() if form.has_error(NON_FIELD_ERRORS, code))
    return next(found, 200)


def _backend_of(user: AbstractBaseUser) -> str | None:
    """Return the first authentication backend that accepts the user; None if there is none."""
    for path in settings.AUTHENTICATION_BACKENDS:
        if load_backend(path).get_user(user.pk) is not None:
            return path
    return None
