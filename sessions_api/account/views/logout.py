"""Logging out."""

from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext

from sessions_api.account.views.base import AccountPage
from sessions_api.http.cookies.pages import log_out


class LogoutPage(AccountPage):
    """Ends the session of the browser. Nothing closes this: neither a kill switch nor a ban."""

    policies = {"get": None, "post": None}

    def get(self, request: HttpRequest) -> HttpResponseBase:
        """Change nothing: a link must not log anybody out."""
        return HttpResponseRedirect(reverse("account:sessions"))

    def post(self, request: HttpRequest) -> HttpResponseBase:
        """End the session, and have the browser forget it."""
        response = HttpResponseRedirect(reverse("account:login"))
        log_out(request, response)
        self.say(gettext("You are logged out."))
        return response
