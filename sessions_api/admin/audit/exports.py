"""Streaming the audit log as a file, in constant memory.

Each chunk is a query of its own, so no transaction stays open in the meantime.
"""

import csv
import io
import json
import logging
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC

from django.core.serializers.json import DjangoJSONEncoder
from django.http import StreamingHttpResponse
from django.utils import timezone

from sessions_api.models import AuditEvent

logger = logging.getLogger(__name__)

#: The kind of the last line, which is not an event but gives their number. A file without it is
#: truncated: a connection may break without the client noticing.
END = "end_of_export"

COLUMNS = (
    "id",
    "at",
    "kind",
    "actor_id",
    "actor_name",
    "subject_id",
    "subject_name",
    "address",
    "user_agent",
    "detail",
)

#: Spreadsheets execute cells that begin with one of these as formulas. The last four are the
#: fullwidth forms of the first, which some Asian input methods produce.
FORMULA_BEGINNINGS = "=+@＝＋－＠-"  # noqa: RUF001

#: The beginning of a text, or of a cell if a spreadsheet splits the text: which characters separate
#: cells depends on the user's locale, and quotes may not prevent it.
_CELL = re.compile(rf"^(?=[\t\r\n])|(?:^|(?<=[,;|\t\r\n]))(?=[{FORMULA_BEGINNINGS}])")

#: The same within JSON, whose own commas are followed by a space.
_SEPARATOR = re.compile(rf"[,;|](?=[{FORMULA_BEGINNINGS}])")

Values = dict[str, object]


def csv_lines(rows: Iterable[Values]) -> str:
    """Return rows as CSV (RFC 4180), with every value quoted.

    An apostrophe is put before whatever a spreadsheet could take for a formula. In JSON the
    separator is escaped instead, which does not change its value.
    """
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    for row in rows:
        inert = {name: _inert(value) for name, value in row.items()}
        writer.writerow((inert | {"detail": _inert_json(row["detail"])}).values())
    return text.getvalue()


def json_lines(rows: Iterable[Values]) -> str:
    """Return rows as JSON objects, one per line."""
    return "".join(
        json.dumps(row, ensure_ascii=False, cls=DjangoJSONEncoder) + "\n" for row in rows
    )


@dataclass(frozen=True)
class Format:
    """A file format.

    :param name: its name, for display.
    :param content_type: its media type.
    :param write: returns events as lines of text.
    :param header: the text before the first event.
    """

    name: str
    content_type: str
    write: Callable[[Iterable[Values]], str]
    header: str = ""

    def __str__(self) -> str:
        return self.name


#: By the extension of the file's name.
FORMATS = {
    "csv": Format(
        "CSV",
        "text/csv; charset=utf-8; header=present",
        csv_lines,
        header=",".join(COLUMNS) + "\r\n",
    ),
    "jsonl": Format("JSON lines", "application/jsonl; charset=utf-8", json_lines),
}


def stream(
    chunks: Iterable[list[AuditEvent]], *, extension: str, name: str
) -> StreamingHttpResponse:
    """Return a response that streams events as a file.

    :param chunks: the events, in chunks.
    :param extension: the file format, one of :data:`FORMATS`.
    :param name: the name of the export, for the log.
    """
    form = FORMATS[extension]
    response = StreamingHttpResponse(
        _encoded(chunks, form, name),
        content_type=form.content_type,
    )
    now = timezone.now().astimezone(UTC)
    filename = f"audit-{now:%Y%m%dT%H%M%SZ}.{extension}"
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    return response


def _encoded(chunks: Iterable[list[AuditEvent]], form: Format, name: str) -> Iterator[bytes]:
    count = 0
    end = "incomplete"
    try:
        # Never yield an empty part, which some servers take for the end.
        if form.header:
            yield form.header.encode()
        for events in filter(None, chunks):
            count += len(events)
            yield _encode(form.write(map(_values, events)))
        yield _encode(form.write([_values(AuditEvent(kind=END, detail={"events": count}))]))
        end = "complete"
    finally:
        logger.info("%s: %d events sent, %s", name, count, end)


def _encode(text: str) -> bytes:
    # SQLite stores lone surrogates in JSON. They are written as JSON escapes here.
    return text.encode(errors="backslashreplace")


def _values(event: AuditEvent) -> Values:
    at = event.at.astimezone(UTC).isoformat(timespec="microseconds")
    values = {column: getattr(event, column) for column in COLUMNS}
    return values | {"at": at.replace("+00:00", "Z")}


def _inert(value: object) -> object:
    return _CELL.sub("'", value) if isinstance(value, str) else value


def _inert_json(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return _SEPARATOR.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
