"""API tokens: scoped sessions for scripts and other programs."""

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from sessions_api.account import policies
from sessions_api.account.forms.reverification import ReverifiedForm
from sessions_api.account.forms.tokens import TokenForm
from sessions_api.account.presentation.sessions import SessionEntry
from sessions_api.account.views.base import AccountPage
from sessions_api.account.views.reverified import ReverifiedPage
from sessions_api.callers.clients import Client
from sessions_api.http.dialects.v5.viewsets import OwnSessionViewSet
from sessions_api.http.viewsets.parsing import parse_id
from sessions_api.models import UserSession
from sessions_api.services.session_creation import create_scoped_session

#: How many tokens a page shows.
PAGE = 20


class TokensPage(AccountPage):
    """The list, newest first."""

    title = _("API tokens")
    template_name = "sessions_api/account/tokens.html"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        """Show the list, or a further part of it."""
        tokens = UserSession.objects.newest_of(self.user).active(owner=self.user)
        tokens = tokens.filter(permission_flags__isnull=False)
        if before := parse_id(request.GET.get("before", "")):
            tokens = tokens.filter(sid__lt=before)
        found = list(tokens[: PAGE + 1])
        shown = {
            "entries": [SessionEntry(one) for one in found[:PAGE]],
            "older": found[PAGE - 1].sid if len(found) > PAGE else None,
            "is_first": not before,
        }
        return self.render_to_response(self.get_context_data(**shown))


class NewTokenPage(ReverifiedPage):
    """Makes a token, and shows it once."""

    policies = {"get": policies.READ, "post": OwnSessionViewSet.policies["create"]}
    title = _("Make an API token")
    template_name = "sessions_api/account/new_token.html"

    def make_form(self, data: Mapping[str, object] | None = None, *, asks: bool) -> TokenForm:
        """Return the form, with the scopes that the user may choose."""
        return TokenForm(self.user, data, asks=asks)

    def perform(self, form: ReverifiedForm) -> HttpResponseBase:
        """Make the token."""
        chosen = form.cleaned_data
        made, token = create_scoped_session(
            self.user,
            client=Client.of(self.request),
            # As if it had been made there, for the host's adapter.
            dialect=OwnSessionViewSet.dialect,
            lifetime=OwnSessionViewSet.lifetime_of_token(chosen["lifetime"]),
            kind=chosen["lifetime"],
            name=chosen["name"],
            permission_flags=chosen["scopes"],
            parent=self.session,
        )
        shown = {
            "title": gettext("Your new API token"),
            "made": made,
            "token": token,
            "may": SessionEntry(made).may,
        }
        self.template_name = "sessions_api/account/token_made.html"
        return self.render_to_response(self.get_context_data(**shown))
