"""Whether notices can be sent at all."""

from sessions_api.accounts.mail import site_sends_mail
from sessions_api.conf import api_settings


def can_be_sent() -> bool:
    """Return whether the settings say how to send mail, and where its links lead to."""
    return bool(api_settings().SITE_URL) and site_sends_mail()
