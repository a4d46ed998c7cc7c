"""Who sends mail, in either form of Django's settings for it."""

from typing import Any

import django
from django.core import mail

HAS_MAILERS = django.VERSION >= (6, 1)
LOCMEM = "django.core.mail.backends.locmem.EmailBackend"
DUMMY = "django.core.mail.backends.dummy.EmailBackend"


def send_with(settings: Any, backend: str) -> None:
    """Have mail sent by a backend, until the settings are what they were."""
    if HAS_MAILERS:
        settings.MAILERS = {"default": {"BACKEND": backend}}
    else:
        settings.EMAIL_BACKEND = backend


def mailer() -> Any:
    """The backend that mail goes to."""
    return mail.mailers.default if HAS_MAILERS else mail.get_connection()
