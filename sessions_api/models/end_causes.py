"""What ends sessions, in one of few values."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class EndCause(TextChoices):
    """What ends sessions. Few values, unlike the reason, which is in somebody's own words."""

    #: Their owner, who logs out or ends them.
    OWNER = "owner", _("by its user")
    #: Somebody else, one account at a time.
    STAFF = "staff", _("by staff")
    #: A bulk sign-out, or the command ``sessions end``.
    BULK_SIGN_OUT = "bulk_sign_out", _("by a bulk sign-out")
    #: A new password of their owner.
    NEW_PASSWORD = "new_password", _("by a new password")
    #: A change of second factors that ends the other sessions.
    SECOND_FACTORS = "second_factors", _("by a change of second factors")
    #: A login beyond the maximum number of sessions.
    TOO_MANY_SESSIONS = "too_many_sessions", _("by a login beyond the maximum number")
    #: Securing an account that was, or may have been, hijacked.
    ACCOUNT_SECURED = "account_secured", _("when the account was secured")
    #: The deletion of their owner's account.
    ACCOUNT_DELETED = "account_deleted", _("by the deletion of the account")
    #: The loss of access to the console, by a ban or otherwise.
    CONSOLE_CLOSED = "console_closed", _("by the loss of access to the console")
    #: The service itself, or a host's own code without an account.
    OTHER = "other", _("by the service")


class Expiry(TextChoices):
    """What lets sessions end unnoticed. They are found when they are pruned, and not signalled."""

    #: Their lifetime.
    LIFETIME = "expired", _("by its expiry")
    #: A limit of the settings, on their age or on how long they are unused.
    LIMIT = "limit", _("by a limit on its age or disuse")


def label_of(cause: str) -> str:
    """Return what has ended a session, in words; an unknown value, of a later version, as it is."""
    labels = dict([*EndCause.choices, *Expiry.choices])
    return str(labels.get(cause, cause))
