"""Whether a session is active and, if it is not, why."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from sessions_api.models import UserSession


class SessionState(TextChoices):
    ACTIVE = "active", _("active")
    EXPIRED = "expired", _("expired")
    NEW_PASSWORD = "ended by a password change", _("ended by a password change")


def state_of(session: UserSession) -> SessionState:
    """Return the state of a session. It needs the owner, so fetch that with the session."""
    if session.has_expired:
        return SessionState.EXPIRED
    if session.has_password_of(session.user):
        return SessionState.ACTIVE
    return SessionState.NEW_PASSWORD
