"""What the project logs, and how."""

import copy
import logging

from cumulonimbus.configuration.environment import Settings


class LineFormatter(logging.Formatter):
    """A request that was refused takes one line.

    Django hands the traceback along with whatever it answers by an exception. Of a refusal (403,
    400) it tells nothing that the line does not, and it hides failures among it. What is refused
    may also stand in the line itself, line breaks included.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The record as text."""
        if 400 <= getattr(record, "status_code", 0) < 500:
            record = copy.copy(record)
            record.msg, record.args = " ".join(record.getMessage().splitlines()), None
            record.exc_info = record.exc_text = None
        return super().format(record)


def logging_settings(level: str) -> Settings:
    """The setting ``LOGGING``: one line on standard error for each record.

    :param level: the least that is logged, such as ``INFO``.
    """
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
        # Kill switches and overload answer 503 by the thousand, on purpose; statistics count them.
        "filters": {
            "not_deliberate": {
                "()": "django.utils.log.CallbackFilter",
                "callback": lambda record: getattr(record, "status_code", None) != 503,
            },
            "now_and_then": {"()": "sessions_api.databases.outages.NowAndThen"},
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": level},
        # Without Django's own handlers, which would print everything a second time.
        "loggers": {
            "django": {"handlers": [], "level": level},
            "django.request": {"filters": ["not_deliberate"]},
            # At DEBUG it would log every statement with its values: password hashes, typed names.
            "django.db.backends": {"level": "INFO"},
            # One line for each connection that breaks and each that cannot be made.
            "psycopg.pool": {"filters": ["now_and_then"]},
        },
    }
