"""The project's logging configuration."""

import copy
import logging

from django.core.exceptions import ImproperlyConfigured

from cumulonimbus.configuration.environment import Settings


class LineFormatter(logging.Formatter):
    """A formatter that logs refused requests on one line.

    Django logs a traceback with every response to an exception. For a 4xx response it adds nothing
    and hides real failures. The message may contain input from the request, including line breaks,
    which become spaces.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as text; without line breaks and traceback for a 4xx response."""
        if 400 <= getattr(record, "status_code", 0) < 500:
            record = copy.copy(record)
            record.msg, record.args = " ".join(record.getMessage().splitlines()), None
            record.exc_info = record.exc_text = None
        return super().format(record)


def logging_settings(level: str) -> Settings:
    """Return the setting ``LOGGING``, which writes to standard error.

    :param level: the minimum level, such as ``INFO``.
    :raises ImproperlyConfigured: there is no such level.
    """
    if level not in (levels := logging.getLevelNamesMapping()):
        raise ImproperlyConfigured(f"LOG_LEVEL is {level!r}, and not one of {', '.join(levels)}.")
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": LineFormatter,
                "format": "{asctime} {levelname} {name}: {message}",
                "style": "{",
            },
        },
        # Kill switches and overload cause many 503s on purpose, which statistics count instead.
        "filters": {
            "not_deliberate": {
                "()": "django.utils.log.CallbackFilter",
                "callback": lambda record: getattr(record, "status_code", None) != 503,
            },
            "now_and_then": {"()": "sessions_api.databases.outages.NowAndThen"},
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
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
