"""The mail backend, in the settings of Django 6.1 and of earlier versions."""

from typing import Any

import django
from django.core import mail

HAS_MAILERS = django.VERSION >= (6, 1)
LOCMEM = "django.core.mail.backends.locmem.EmailBackend"
DUMMY = "django.core.mail.backends.dummy.EmailBackend"
SMTP = "django.core.mail.backends.smtp.EmailBackend"


def send_with(settings: Any, backend: str) -> None:
    """Set the mail backend.

    :param settings: pytest-django's fixture, which restores the settings.
    """
    if HAS_MAILERS:
        settings.MAILERS = {"default": {"BACKEND": backend}}
    else:
        settings.EMAIL_BACKEND = backend


def mailer() -> Any:
    """Return the mail backend in use."""
    return mail.mailers.default if HAS_MAILERS else mail.get_connection()


def send_to_server(settings: Any, port: int) -> None:
    """Send mail to a server on loopback.

    :param settings: as in :func:`send_with`.
    """
    if HAS_MAILERS:
        options = {"host": "127.0.0.1", "port": port, "timeout": 10}
        settings.MAILERS = {"default": {"BACKEND": SMTP, "OPTIONS": options}}
    else:
        settings.EMAIL_BACKEND = SMTP
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", port, 10
