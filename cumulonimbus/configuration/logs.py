"""The project's logging configuration."""

import logging

from django.core.exceptions import ImproperlyConfigured

from cumulonimbus.configuration.environment import Settings, env

FORMATS = ("line", "json")


def log_format() -> str:
    """Return the format of log lines: ``line`` or ``json``.

    :raises ImproperlyConfigured: ``LOG_FORMAT`` has another value.
    """
    name = env.str("LOG_FORMAT", "") or FORMATS[0]
    if name not in FORMATS:
        raise ImproperlyConfigured(f"LOG_FORMAT must be {' or '.join(FORMATS)}, not {name!r}.")
    return name


def logging_settings(level: str, form: str) -> Settings:
    """Return the setting ``LOGGING``, which writes to standard error.

    :param level: the minimum level, such as ``INFO``.
    :param form: one of :data:`FORMATS`.
    :raises ImproperlyConfigured: there is no such level.
    """
    if level not in (levels := logging.getLevelNamesMapping()):
        raise ImproperlyConfigured(f"LOG_LEVEL is {level!r}, and not one of {', '.join(levels)}.")
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": "sessions_api.logs.formats.LineFormatter",
                "format": "{asctime} {levelname} {name} [{request_id}]: {message}",
                "style": "{",
            },
            "json": {"()": "sessions_api.logs.formats.JsonFormatter"},
        },
        # Kill switches and overload cause many 503s on purpose, which statistics count instead.
        "filters": {
            "not_deliberate": {
                "()": "django.utils.log.CallbackFilter",
                "callback": lambda record: getattr(record, "status_code", None) != 503,
            },
            "now_and_then": {"()": "sessions_api.databases.outages.NowAndThen"},
            "request_id": {"()": "sessions_api.logs.request_ids.RequestIdFilter"},
            "secrets": {"()": "sessions_api.logs.secrets.SecretsFilter"},
        },
        # Filters of a handler see the records of all loggers, those of libraries too.
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "formatter": form,
                "filters": ["request_id", "secrets"],
            },
        },
        "root": {"handlers": ["stderr"], "level": level},
        # Removes Django's own handlers, which would print every record a second time.
        "loggers": {
            "django": {"handlers": [], "level": level},
            "django.request": {"filters": ["not_deliberate"]},
            # DEBUG would log the parameters of statements, including password hashes.
            "django.db.backends": {"level": "INFO"},
            # The pool logs a line for each broken connection and each failed attempt to connect.
            "psycopg.pool": {"filters": ["now_and_then"]},
        },
    }
