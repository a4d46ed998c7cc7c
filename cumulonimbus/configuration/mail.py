"""The settings for mail, in the form of the installed Django, and for notices."""

import django

from cumulonimbus.configuration.environment import Settings, env, texts
from cumulonimbus.configuration.service_urls import mail_settings as settings_up_to_6_0

#: Where links lead to in development.
LOCAL_SITE = "http://localhost:8000"
#: The word for no notices. An empty variable is one that is not set.
NONE = "none"

#: The options in ``MAILERS`` that replace the settings of earlier versions.
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


def notice_settings(*, debug: bool) -> Settings:
    """Return the items of ``SESSIONS_API`` for notices. A system check looks at their values."""
    site = env.str("SITE_URL", "") or (LOCAL_SITE if debug else "")
    names = texts("NOTICES")
    wanted = {"NOTICES": () if names == [NONE] else tuple(names)} if names else {}
    return {"SITE_URL": site, **wanted}


def mail_settings(url: str) -> Settings:
    """Return Django's mail settings, by name.

    :param url: a URL for :func:`.service_urls.mail_settings`; empty if no mail is sent.
    """
    has_mailers = django.VERSION >= (6, 1)
    if not url and has_mailers:
        return {"MAILERS": {}}
    config = settings_up_to_6_0(url or "dummymail://")
    if not has_mailers:
        return config
    mailer: Settings = {"BACKEND": config.pop("EMAIL_BACKEND"), "OPTIONS": {}}
    for name, option in OPTIONS.items():
        # django-environ leaves the options of other backends empty; a backend would refuse them.
        if (value := config.pop(name, None)) not in (None, ""):
            mailer["OPTIONS"][option] = value
    return config | {"MAILERS": {"default": mailer}}
