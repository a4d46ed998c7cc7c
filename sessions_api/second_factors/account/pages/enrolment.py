"""Adding a second factor, in two steps: the password, and what proves the factor."""

from contextlib import suppress

from django import forms
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from sessions_api.account.forms.reverification import ReverifiedForm
from sessions_api.account.views.base import AccountPage
from sessions_api.account.views.reverified import ReverifiedPage
from sessions_api.conf import api_settings
from sessions_api.exceptions import InvalidSecondFactorResponse
from sessions_api.second_factors.account.forms import REFUSED, AppForm, KeyForm
from sessions_api.second_factors.account.pages.backup_codes import CodesShown
from sessions_api.second_factors.account.pages.factors import LIST
from sessions_api.second_factors.account.qr import drawn, enrolment_uri
from sessions_api.second_factors.http import v5
from sessions_api.second_factors.services import enrolment

#: What the first step returns beside the options for the browser.
_NO_OPTIONS = {"token", "exp", "type"}


class _Begin(ReverifiedPage):
    """The first step of an enrolment."""

    policies = {"get": v5.READ, "post": v5.BEGIN}
    template_name = "second_factors/account/begin.html"


class _Confirm(CodesShown):
    """The second step of an enrolment."""

    policies = {"get": v5.READ, "post": v5.CHANGE}
    returns_to = LIST

    def get(self, request: HttpRequest) -> HttpResponseBase:
        """Begin anew: only the first step leads here."""
        return HttpResponseRedirect(reverse(LIST))

    def enrolled(self, done: enrolment.Enrolment) -> HttpResponseBase:
        """Show the backup codes, if these are the first."""
        if done.backup_codes:
            return self.show_codes(done.backup_codes, added=done.factor.name)
        self.say(gettext("“%(name)s” was added.") % {"name": done.factor.name})
        return HttpResponseRedirect(reverse(LIST))

    def too_late(self) -> HttpResponseBase:
        """Begin anew, because this enrolment is over."""
        self.warn(
            gettext(
                "That was too late, or already done: see below whether it was added. If you did "
                "not see its backup codes, make new ones."
            )
        )
        return HttpResponseRedirect(reverse(LIST))


class AppMixin(AccountPage):
    """Shows the secret for an authenticator app."""

    title = _("Add an authenticator app")

    def show_app(self, form: forms.Form, secret: str) -> HttpResponseBase:
        """Return the page with the QR code."""
        self.template_name = "second_factors/account/app.html"
        service = api_settings().WEBAUTHN_RP_NAME
        uri = enrolment_uri(secret, issuer=service, account=self.user.get_username())
        shown = {"form": form, "secret": secret, "uri": uri, "qr": drawn(uri)}
        return self.render_to_response(self.get_context_data(**shown))


class AddAppPage(AppMixin, _Begin):
    """Makes a secret for an authenticator app."""

    returns_to = "account:add_app"

    def perform(self, form: ReverifiedForm) -> HttpResponseBase:
        """Show the secret."""
        begun = enrolment.begin_totp(self.actor)
        return self.show_app(AppForm(initial={"token": begun["token"]}), str(begun["secret"]))


class ConfirmAppPage(AppMixin, _Confirm):
    """Adds the app, which proves by a code that it has the secret."""

    def post(self, request: HttpRequest) -> HttpResponseBase:
        """Add it, or show the same secret again."""
        form = AppForm(request.POST)
        if form.is_valid():
            try:
                return self.enrolled(enrolment.confirm_totp(self.actor, **form.cleaned_data))
            except InvalidSecondFactorResponse:
                form.add_error("code", REFUSED)
        try:
            secret = enrolment.begun_secret(self.actor, request.POST.get("token", ""))
        except InvalidSecondFactorResponse:
            return self.too_late()
        return self.show_app(form, secret)


class AddKeyPage(_Begin):
    """Asks the browser for a passkey or security key."""

    title = _("Add a passkey or security key")
    returns_to = "account:add_key"

    def perform(self, form: ReverifiedForm) -> HttpResponseBase:
        """Show the page that asks for it."""
        begun = enrolment.begin_webauthn(self.actor)
        options = {name: value for name, value in begun.items() if name not in _NO_OPTIONS}
        key_form = KeyForm(initial={"token": begun["token"]})
        self.template_name = "second_factors/account/key.html"
        return self.render_to_response(self.get_context_data(form=key_form, options=options))


class ConfirmKeyPage(_Confirm):
    """Adds what the browser has returned. Its challenge is used up, so errors lead back."""

    def post(self, request: HttpRequest) -> HttpResponseBase:
        """Add it."""
        form = KeyForm(request.POST)
        with suppress(InvalidSecondFactorResponse):
            if form.is_valid():
                return self.enrolled(enrolment.confirm_webauthn(self.actor, **form.cleaned_data))
        return self.too_late()
