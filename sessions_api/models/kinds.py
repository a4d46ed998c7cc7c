"""The kinds of sessions: what opens each of them, and what it may do."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class SessionKind(models.TextChoices):
    """What a session is. It follows from the columns of its row.

    - *Full*: a login through the API or a page. Its token does all that its owner may do.
    - *Scoped*: made for a script. Its token does what its scopes allow.
    - *Console*: a login to Django's admin. It has no token: Django's own session cookie opens it.
    """

    FULL = "full", _("full")
    SCOPED = "scoped", _("scoped")
    CONSOLE = "console", _("console")

    @classmethod
    def of(cls, *, has_token: bool, is_scoped: bool) -> "SessionKind":
        """Return the kind of a session that has been read; :attr:`condition` says the same."""
        if not has_token:
            return cls.CONSOLE
        return cls.SCOPED if is_scoped else cls.FULL

    @property
    def condition(self) -> Q:
        """The condition on rows of sessions of this kind."""
        if self is SessionKind.CONSOLE:
            return Q(jti=None)
        return Q(jti__isnull=False, permission_flags__isnull=self is SessionKind.FULL)
