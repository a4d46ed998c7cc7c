"""The settings for mail, in the form that Django's version has: ``MAILERS`` from 6.1 on."""

import django

from cumulonimbus.configuration.environment import Settings
from cumulonimbus.configuration.service_urls import mail_settings as settings_up_to_6_0

#: Where Django 6.1 has what stood in settings of their own.
OPTIONS = {
    "EMAIL_FILE_PATH": "file_path",
    "EMAIL_HOST": "host",
    "EMAIL_HOST_PASSWORD": "password",
    "EMAIL_HOST_USER": "username",
    "EMAIL_PORT": "port",
    "EMAIL_SSL_CERTFILE": "ssl_certfile",
    "EMAIL_SSL_KEYFILE": "ssl_keyfile",
    "EMAIL_TIMEOUT": "timeout",
    "EMAIL_USE_SSL": "use_ssl",
    "EMAIL_USE_TLS": "use_tls",
}


def mail_settings(url: str) -> Settings:
    """Django's settings for mail, by their names.

    :param url: as :func:`.service_urls.mail_settings` takes it; empty where no mail is sent.
    """
    has_mailers = django.VERSION >= (6, 1)
    if not url and has_mailers:
        return {"MAILERS": {}}
    config = settings_up_to_6_0(url or "dummymail://")
    if not has_mailers:
        return config
    mailer: Settings = {"BACKEND": config.pop("EMAIL_BACKEND"), "OPTIONS": {}}
    for name, option in OPTIONS.items():
        # A backend refuses the options of others, which django-environ leaves empty.
        if (value := config.pop(name, None)) not in (None, ""):
            mailer["OPTIONS"][option] = value
    return config | {"MAILERS": {"default": mailer}}
