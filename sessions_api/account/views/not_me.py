"""The page for a session that its owner does not recognize: "This wasn't me"."""

from django.utils.translation import gettext, gettext_lazy

from sessions_api.account.presentation.sessions import SessionEntry
from sessions_api.account.views.password import NewPasswordPage, Terms
from sessions_api.http.viewsets.parsing import parse_id
from sessions_api.models import UserSession
from sessions_api.services.securing import secure_own_account


class NotMePage(NewPasswordPage):
    """Secures the account: a new password, and the end of everything but this session.

    The password is needed, so that whoever has stolen a session cannot lock its owner out.
    """

    title = gettext_lazy("This wasn't me")
    template_name = "sessions_api/account/not_me.html"
    returns_to = "account:sessions"

    def change(self, raw: str, terms: Terms) -> None:
        """Change the password, and end everything else whatever the settings say."""
        secure_own_account(self.user, raw, disowned=self._sid, **terms)

    def success_message(self) -> str:
        """Return what to say afterwards."""
        return gettext(
            "Your account is secured: you have a new password, and everything else is logged out."
        )

    def get_context_data(self, **kwargs: object) -> dict[str, object]:
        """Add the session, unless it has ended."""
        if self.session is None:
            return super().get_context_data(**kwargs)
        mine = UserSession.objects.owned_by(self.user).active(owner=self.user)
        found = mine.filter(sid=self._sid).first()
        return super().get_context_data(**{"entry": found and SessionEntry(found)} | kwargs)

    @property
    def _sid(self) -> int:
        return parse_id(str(self.kwargs["sid"])) or 0
