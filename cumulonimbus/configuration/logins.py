"""What is decided and done at a login, from the environment."""

from cumulonimbus.configuration.environment import Settings, env, flag, texts


def login_settings() -> Settings:
    """Return these items of ``SESSIONS_API``.

    :raises ImproperlyConfigured: a variable has an invalid value.
    """
    return {
        "CONSOLE_SESSIONS": flag("CONSOLE_SESSIONS", default=True),
        "ADAPTER": env.str("ADAPTER", "") or "sessions_api.adapter.Adapter",
        "HIDE_UNKNOWN_USERS": flag("HIDE_UNKNOWN_USERS", default=False),
        "SEND_LOGIN_SIGNALS": flag("SEND_LOGIN_SIGNALS", default=True),
        "UPDATE_LAST_LOGIN": flag("UPDATE_LAST_LOGIN", default=True),
    }


def authentication_backends() -> list[str]:
    """Return Django's setting of this name: the backends that check passwords, in their order."""
    return texts("AUTHENTICATION_BACKENDS") or ["django.contrib.auth.backends.ModelBackend"]
