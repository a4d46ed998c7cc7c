"""Logging in: with a password and, if the user has one, a second factor."""

from collections.abc import Mapping

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext, gettext_lazy

from sessions_api.account import policies
from sessions_api.account.forms.login import PasswordForm, SecondStepForm
from sessions_api.account.once import FORM_ID, new_form_id
from sessions_api.account.repeats import AnswerSending, PasswordSending
from sessions_api.account.views.base import NEXT
from sessions_api.account.views.challenges import FormPage, challenge_context
from sessions_api.callers.clients import Client
from sessions_api.exceptions import (
    ApiError,
    InvalidPassword,
    InvalidSecondFactorResponse,
    InvalidUser,
    MissingFields,
    SecondFactorChallengeRequired,
)
from sessions_api.http.cookies.pages import log_in, log_in_with_second_factor
from sessions_api.http.policy import Policy
from sessions_api.services.second_factors import LOGIN, second_factors


class Step(FormPage):
    """A step of the login, which leads to the page that was asked for."""

    # What POST calls has a gate of its own. A form that is not complete does not get there.
    policies = {"get": policies.LOGIN, "post": None}
    title = gettext_lazy("Log in")

    @classmethod
    def drilled_policies(cls) -> Mapping[str, Policy | None]:
        """Return the same for both methods: the gate of what POST calls has the same switches."""
        return {"get": policies.LOGIN, "post": policies.LOGIN}

    def next_url(self) -> str:
        """Return the URL that the login leads to: the requested one if it is on this host."""
        url = self.request.POST.get(NEXT, self.request.GET.get(NEXT))
        hosts = {self.request.get_host()}
        if url_has_allowed_host_and_scheme(url, hosts, require_https=self.request.is_secure()):
            return str(url)
        return reverse("account:sessions")

    def get_context_data(self, **kwargs: object) -> dict[str, object]:
        """Add where the login leads to."""
        return super().get_context_data(**{NEXT: self.next_url()} | kwargs)


class LoginPage(Step):
    """The first step: name and password."""

    template_name = "sessions_api/account/login.html"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        """Show the form, unless the user is logged in."""
        if self.session is not None:
            return HttpResponseRedirect(self.next_url())
        return self.show(PasswordForm())

    def post(self, request: HttpRequest) -> HttpResponseBase:
        """Log the user in, or ask for the second factor."""
        form = PasswordForm(request.POST)
        if not form.is_valid():
            self.admit(request, policies.LOGIN)
            return self.show(form)
        response = HttpResponseRedirect(self.next_url())
        sending = PasswordSending.of(request.POST)
        try:
            session = log_in(request, response, **form.cleaned_data)
        except SecondFactorChallengeRequired as challenge:
            remember = form.cleaned_data["remember"]
            return SecondFactorPage.showing(self, challenge, remember=remember)
        except (InvalidUser, InvalidPassword, MissingFields):
            # Not which of them, so that the page does not say who has an account.
            form.add_error(None, gettext("Wrong name or password."))
            return self.show(form)
        except ApiError as error:
            self.explain(form, error)
            return self.show(form, error)
        sending.begun(session, Client.of(request))
        return response

    def get_context_data(self, **kwargs: object) -> dict[str, object]:
        """Add an id of the form."""
        return super().get_context_data(**{FORM_ID: new_form_id()} | kwargs)


class SecondFactorPage(Step):
    """The second step: a code, a passkey or a security key."""

    title = gettext_lazy("Second factor")
    template_name = "sessions_api/account/second_factor.html"

    @classmethod
    def showing(
        cls, first: LoginPage, challenge: SecondFactorChallengeRequired, *, remember: bool
    ) -> HttpResponseBase:
        """Return the page for a challenge of the first step."""
        page = cls()
        page.setup(first.request)
        page.csp_nonce = first.csp_nonce
        initial = {"token": challenge.data["token"], "remember": remember}
        return page.show(SecondStepForm(initial=initial), None, **challenge_context(challenge.data))

    def get(self, request: HttpRequest) -> HttpResponseBase:
        """Begin with the first step."""
        return HttpResponseRedirect(reverse("account:login"))

    def post(self, request: HttpRequest) -> HttpResponseBase:
        """Log the user in."""
        form = SecondStepForm(request.POST)
        if not form.is_valid():
            self.admit(request, policies.LOGIN)
            return self.show_again(form)
        response = HttpResponseRedirect(self.next_url())
        remember = form.cleaned_data["remember"]
        sending = AnswerSending.of(request, form.cleaned_data)
        try:
            session = log_in_with_second_factor(
                request,
                response,
                form.answer,
                remember=remember,
                begun_before=sending.session,
            )
        except ApiError as error:
            self.explain(form, error)
            return self.show_again(form, error)
        sending.begun(session)
        return response

    def show_again(self, form: Form, error: ApiError | None = None) -> HttpResponseBase:
        """Show the form with its challenge, or begin again if that is over."""
        token = self.request.POST.get("token", "")
        try:
            challenge = second_factors().pending_challenge(token, purpose=LOGIN)
        except InvalidSecondFactorResponse:
            if error is not None and error.status in (429, 503):
                raise error from None
            text = gettext("That was not accepted, or it came too late. Please log in again.")
            messages.warning(self.request, text, fail_silently=True)
            return HttpResponseRedirect(reverse("account:login"))
        return self.show(form, error, **challenge_context(challenge.data))
