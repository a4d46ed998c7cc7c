"""Logging in: with a password and, if the user has one, a second factor."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from sessions_api.account import policies
from sessions_api.account.forms.login import PasswordForm
from sessions_api.account.presentation.refusals import in_words
from sessions_api.account.views.base import NEXT, AccountPage
from sessions_api.exceptions import ApiError, InvalidPassword, InvalidUser, MissingFields
from sessions_api.http.cookies.pages import log_in


class LoginPage(AccountPage):
    """The first step: name and password."""

    # pages.log_in() has a gate of its own.
    policies = {"get": policies.LOGIN, "post": None}
    title = _("Log in")
    template_name = "sessions_api/account/login.html"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        """Show the form, unless the user is logged in."""
        if self.session is not None:
            return HttpResponseRedirect(self.next_url())
        return self.render_to_response(self.get_context_data(form=PasswordForm()))

    def post(self, request: HttpRequest) -> HttpResponseBase:
        """Log the user in."""
        form = PasswordForm(request.POST)
        response = HttpResponseRedirect(self.next_url())
        if not form.is_valid():
            return self.show(form)
        try:
            log_in(request, response, **form.cleaned_data)
        except (InvalidUser, InvalidPassword, MissingFields):
            form.add_error(None, WRONG)
            return self.show(form)
        except ApiError as error:
            form.add_error(None, " ".join(in_words(error)))
            return self.show(form, error)
        return response

    def show(self, form: PasswordForm, error: ApiError | None = None) -> HttpResponse:
        """Show the form again, with the status of the error if it is not the user's mistake."""
        page = self.render_to_response(self.get_context_data(form=form))
        if error is not None and error.status in (429, 503):
            page.status_code = error.status
            page.headers["Retry-After"] = error.headers.get("Retry-After", "60")
        return page

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


WRONG = _("Wrong name or password.")
