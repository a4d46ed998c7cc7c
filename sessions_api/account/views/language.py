"""Choosing a language."""

from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.views.i18n import set_language

from sessions_api.account.views.base import AccountPage


class LanguagePage(AccountPage):
    """Sets the language of the browser, with or without a session."""

    policies = {"get": None, "post": None}
    returns_to = "account:sessions"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        """Change nothing: a link must not change the language."""
        return HttpResponseRedirect(reverse("account:sessions"))

    def post(self, request: HttpRequest) -> HttpResponseBase:
        """Set Django's language cookie, and lead back to a page of this host."""
        return set_language(request)
