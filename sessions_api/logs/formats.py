"""The formats of log lines: text for people, and JSON for collectors of logs."""

import copy
import json
import logging
from datetime import UTC, datetime


class LineFormatter(logging.Formatter):
    """A formatter that logs refused requests on one line.

    Django logs a traceback with every response to an exception. For a 4xx response it adds nothing
    and hides real failures. The message may contain input from the request, including line breaks,
    which become spaces.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as text; without line breaks and traceback for a 4xx response."""
        if _is_refusal(record):
            record = copy.copy(record)
            record.msg, record.args = " ".join(record.getMessage().splitlines()), None
            record.exc_info = record.exc_text = None
        return super().format(record)


class JsonFormatter(logging.Formatter):
    """A formatter that writes each record as one line with a JSON object.

    It has ``time`` (RFC 3339, in UTC), ``level``, ``logger`` and ``message``; within a request
    ``request_id``; of an error ``exception``; and in an access line the fields of the request.
    Other attributes of records are not written, because they might be anything.
    """

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC)
        line: dict[str, object] = {
            "time": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if (request_id := getattr(record, "request_id", "-")) != "-":
            line["request_id"] = request_id
        line |= getattr(record, "access", {})
        if not _is_refusal(record):
            if record.exc_info or record.exc_text:
                line["exception"] = record.exc_text or self.formatException(record.exc_info)  # type: ignore[arg-type]
            if record.stack_info:
                line["stack"] = record.stack_info
        return json.dumps(line, default=str)


def _is_refusal(record: logging.LogRecord) -> bool:
    status = getattr(record, "status_code", None)
    return isinstance(status, int) and 400 <= status < 500
