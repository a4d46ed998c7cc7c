"""Where a user is logged in, and ending sessions."""

from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from sessions_api.account import policies
from sessions_api.account.presentation.sessions import SessionEntry
from sessions_api.account.views.base import AccountPage
from sessions_api.http.cookies.token_cookie import delete_cookie
from sessions_api.http.viewsets.parsing import parse_id
from sessions_api.models import UserSession, UserSessionQuerySet
from sessions_api.services.ended_sessions import EndedSessions
from sessions_api.services.sessions import end_all_sessions, end_sessions

#: How many sessions a page shows beside the user's own.
PAGE = 20


class OwnSessions(AccountPage):
    """A page about the user's sessions."""

    returns_to = "account:sessions"

    def sessions(self) -> UserSessionQuerySet:
        """Return the active sessions of the user."""
        return UserSession.objects.owned_by(self.user).active(owner=self.user)

    def after(self, ended: EndedSessions) -> HttpResponseBase:
        """Return the response to a request that has ended sessions, perhaps its own."""
        assert self.session is not None
        if self.session.sid not in ended.sids_by_owner.get(self.user.pk, ()):
            return HttpResponseRedirect(reverse("account:sessions"))
        response = HttpResponseRedirect(reverse("account:login"))
        delete_cookie(response)
        return response


class SessionsPage(OwnSessions):
    """The list: this device first, then the others, newest first."""

    title = _("Where you are logged in")
    template_name = "sessions_api/account/sessions.html"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        """Show the list, or a further part of it."""
        return self.render_to_response(self.get_context_data())

    def get_context_data(self, **kwargs: object) -> dict[str, object]:
        """Add the sessions, unless the request is refused."""
        if self.session is None:
            return super().get_context_data(**kwargs)
        others = UserSession.objects.newest_of(self.user).active(owner=self.user)
        others = others.exclude(pk=self.session.pk)
        if before := parse_id(self.request.GET.get("before", "")):
            others = others.filter(sid__lt=before)
        found = list(others[: PAGE + 1])
        return super().get_context_data(
            **{
                "this": SessionEntry(self.session),
                "others": [SessionEntry(one) for one in found[:PAGE]],
                "count": self.sessions().count(),
                "older": found[PAGE - 1].sid if len(found) > PAGE else None,
                "is_first": not before,
            }
            | kwargs
        )


class EndAllPage(OwnSessions):
    """Ends all sessions but this one, or this one as well."""

    policies = {"get": policies.READ, "post": policies.END}
    title = _("Log out everywhere")
    template_name = "sessions_api/account/end_all.html"
    returns_to = ""

    def get(self, request: HttpRequest) -> HttpResponseBase:
        """Ask which of the two."""
        return self.render_to_response(self.get_context_data(count=self.sessions().count()))

    def post(self, request: HttpRequest) -> HttpResponseBase:
        """End them."""
        keep = None if "include-self" in request.POST else self.session
        ended = end_all_sessions(self.user, actor=self.actor, keep=keep)
        text = ngettext("Logged out %(count)s time.", "Logged out %(count)s times.", len(ended))
        self.say(text % {"count": len(ended)})
        return self.after(ended)


class EndSessionPage(OwnSessions):
    """Ends one session."""

    policies = {"get": None, "post": policies.END}

    def get(self, request: HttpRequest, sid: str) -> HttpResponseBase:
        """Change nothing: a link must not end anything."""
        return HttpResponseRedirect(reverse("account:sessions"))

    def post(self, request: HttpRequest, sid: str) -> HttpResponseBase:
        """End the session, if it is one of the user's."""
        ended = end_sessions(
            self.sessions().filter(sid=parse_id(sid) or 0), actor=self.actor, owner=self.user
        )
        self.say(gettext("It is logged out.") if ended else gettext("It was logged out before."))
        return self.after(ended)
