"""What the project logs, and how."""

from typing import Any


def logging_settings(level: str) -> dict[str, Any]:
    """The setting ``LOGGING``: one line on standard error for each record.

    :param level: the least that is logged, such as ``INFO``.
    """
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"},
        },
        # Kill switches and overload answer 503 by the thousand, on purpose; statistics count them.
        "filters": {
            "not_deliberate": {
                "()": "django.utils.log.CallbackFilter",
                "callback": lambda record: getattr(record, "status_code", None) != 503,
            },
            "now_and_then": {"()": "sessions_api.outages.NowAndThen"},
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
