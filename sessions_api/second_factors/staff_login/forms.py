"""The two steps of logging in to the admin: a password, then a second factor."""

import json
from typing import cast

from django import forms
from django.conf import settings
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth import load_backend
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
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
from sessions_api.http.policy import admin_login_quotas
from sessions_api.models import AuditEvent, UserSession
from sessions_api.passwords.checking import is_still_correct, report_problem
from sessions_api.ratelimits.reservations import reserve
from sessions_api.second_factors.models import SecondFactor
from sessions_api.second_factors.services import totp
from sessions_api.second_factors.services.challenges import require_challenge, verify_challenge
from sessions_api.second_factors.services.codes import normalise_code
from sessions_api.second_factors.services.verification import BACKUP
from sessions_api.services.audit import Actor, record
from sessions_api.signals import login_failed, send_after_commit

#: What the challenges of the admin are for: one of the API opens nothing here, nor one of these
#: anything there.
PURPOSE = "admin login"

#: The code of a form's error that is about how often, not about what was typed.
THROTTLED = "throttled"
TOO_MANY = _("Too many attempts. Please try again in a few minutes.")
#: The code of a form's error that is about too many logins at once, whoever's.
OVERLOADED = "overloaded"
BUSY = _("Too many people are logging in. Please try again in a few seconds.")
#: All that is said of an answer that is not taken, whatever is wrong with it.
REFUSED = _("That was not accepted, or it came too late. Please try again.")


class PasswordForm(AdminAuthenticationForm):
    """Django's own, rate limited and audited. Whatever is wrong, it says one thing.

    Each attempt is charged before the password is looked at, and given back where it was right: so
    parallel guesses do not overrun the limit, and whoever knows one password gets back no more than
    that attempt. Validating it raises :exc:`SecondFactorChallengeRequired` where the password is
    right and its user has a second factor; nobody is logged in then.
    """

    def clean(self) -> dict[str, object]:
        # Django's views always hand their request over.
        client = Client.of(cast(HttpRequest, self.request))
        reservation = reserve(admin_login_quotas(network_of(client.address)))
        if reservation.refused:
            raise ValidationError(TOO_MANY, code=THROTTLED)
        try:
            cleaned = super().clean()
        except SecondFactorChallengeRequired:
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
        """Ask for a second factor where there is one.

        :raises ValidationError: the user may not enter, for whatever reason; Django would say.
        """
        if not is_still_correct(user, self.cleaned_data["password"]):
            self.user_cache = None
            raise self.get_invalid_login_error()
        # As it is now: checking the password took its time.
        now = all_accounts().filter(pk=user.pk).first()
        if now is None or not (now.is_active and is_staff(now)):
            raise self.get_invalid_login_error()
        require_challenge(user, purpose=PURPOSE)

    def _note_failure(self, client: Client) -> None:
        # Looked for in any case, so that the time that takes tells nothing.
        named = find_by_login(self.cleaned_data["username"])
        user: AbstractBaseUser | None = self.user_cache or named
        if user is not None:
            report_problem(user)
        code = self._error(user).code
        actor = Actor(client=client)
        record(AuditEvent.Kind.LOGIN_FAILED, actor, subject=user, code=code, site="admin")
        send_after_commit(login_failed, UserSession, user=user, client=client, code=code)

    def _error(self, user: AbstractBaseUser | None) -> type[ApiError]:
        """What the API would call the failure; the page does not say."""
        if user is None:
            return InvalidUser
        if self.user_cache is None:
            return InvalidPassword
        return InsufficientPermissions if user.is_active else Banned


class AnswerForm(forms.Form):
    """The answer to a challenge: a code that is typed, or a credential's response in JSON."""

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
                # For typed codes alone: a credential's response is posted without one.
                "required": True,
            }
        ),
    )

    def verify_answer(
        self, client: Client, *, purpose: str, user: AbstractBaseUser | None = None
    ) -> AbstractBaseUser:
        """Take the answer, once, as ``verify_challenge()`` of
        :mod:`sessions_api.second_factors.services.challenges` does.

        :raises ValidationError: it is not taken.
        """
        try:
            return verify_challenge(self._answer(), purpose=purpose, client=client, user=user)
        except RateLimited as error:
            raise ValidationError(TOO_MANY, code=THROTTLED) from error
        except ApiError as error:
            raise refusal() from error

    def _answer(self) -> dict[str, object]:
        """As the API would get it. A code tells by its form which kind it is."""
        given = {"token": "", "response": "", "code": ""} | self.cleaned_data
        if given["response"]:
            try:
                response = json.loads(given["response"])
            except (ValueError, RecursionError) as error:
                raise refusal() from error
            kind = SecondFactor.Type.WEBAUTHN.value
            return {"token": given["token"], "type": kind, "response": response}
        code = normalise_code(given["code"]) or ""
        is_totp = code.isdecimal() and len(code) == totp.DIGITS
        kind = SecondFactor.Type.TOTP.value if is_totp else BACKUP
        return {"token": given["token"], "type": kind, "code": code}


class SecondFactorForm(AnswerForm):
    """The second page of the login.

    Validating it spends the answer. A valid form has ``user``, whose it was, and ``backend``, the
    path of the authentication backend that knows this user.
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
        # Both may have changed since the password.
        if backend is None or not is_staff(user):
            raise refusal()
        self.user, self.backend = user, backend


def refusal() -> ValidationError:
    """What is said of an answer that is not taken."""
    return ValidationError({"code": REFUSED})


def status_of(form: forms.Form) -> int:
    """The HTTP status of a page with a form: 200, unless it was refused for other reasons than what
    was typed."""
    statuses = {THROTTLED: 429, OVERLOADED: 503}
    found = (status for code, status in statuses.items() if form.has_error(NON_FIELD_ERRORS, code))
    return next(found, 200)


def _backend_of(user: AbstractBaseUser) -> str | None:
    """The first authentication backend that lets the user in; None if none does any more."""
    for path in settings.AUTHENTICATION_BACKENDS:
        if load_backend(path).get_user(user.pk) is not None:
            return path
    return None
