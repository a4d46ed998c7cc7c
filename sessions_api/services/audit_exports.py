"""Streaming events of the audit log as a file, in constant memory: for staff, and for owners.

Each chunk is a query of its own, so no transaction stays open in the meantime.
"""

import csv
import io
import json
import logging
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from django.core.serializers.json import DjangoJSONEncoder
from django.http import StreamingHttpResponse
from django.utils import timezone

from sessions_api.models import AuditEvent

logger = logging.getLogger(__name__)

#: The kind of the last line, which is not an event but gives their number. A file without it is
#: truncated: a connection may break without the client noticing.
END = "end_of_export"

#: Spreadsheets execute cells that begin with one of these as formulas. The last four are the
#: fullwidth forms of the first, which some Asian input methods produce.
FORMULA_BEGINNINGS = "=+@＝＋－＠-"  # noqa: RUF001

#: The beginning of a text, or of a cell if a spreadsheet splits the text: which characters separate
#: cells depends on the user's locale, and quotes may not prevent it.
_CELL = re.compile(rf"^(?=[\t\r\n])|(?:^|(?<=[,;|\t\r\n]))(?=[{FORMULA_BEGINNINGS}])")

#: The same within JSON, whose own commas are followed by a space.
_SEPARATOR = re.compile(rf"[,;|](?=[{FORMULA_BEGINNINGS}])")

Values = Mapping[str, object]


@dataclass(frozen=True)
class Content:
    """What a file says of each event.

    :param filename: the beginning of the file's name.
    :param columns: the names of the values; ``at``, ``kind`` and ``detail`` must be among them.
    :param values: returns the values of an event. Those that are lists or mappings become JSON.
    """

    filename: str
    columns: tuple[str, ...]
    values: Callable[[AuditEvent], Values]

    def end(self, count: int) -> Values:
        """Return the values of the last line: those that an event without a cause has."""
        end = AuditEvent(kind=END, detail={"events": count})
        values = {column: getattr(end, column, None) for column in self.columns}
        return values | {"at": exact_time(end.at)}


def csv_lines(rows: Iterable[Values]) -> str:
    """Return rows as CSV (RFC 4180), with every value quoted.

    An apostrophe is put before whatever a spreadsheet could take for a formula. In JSON the
    separator is escaped instead, which does not change its value.
    """
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerows(map(_inert, row.values()) for row in rows)
    return text.getvalue()


def json_lines(rows: Iterable[Values]) -> str:
    """Return rows as JSON objects, one per line."""
    return "".join(f"{_json(row)}\n" for row in rows)


def json_items(rows: Iterable[Values]) -> str:
    """Return rows as the items of a JSON array that is not complete yet, one per line."""
    return "".join(f"{_json(row)},\n" for row in rows)


@dataclass(frozen=True)
class Format:
    """A file format.

    :param name: its name, for display.
    :param content_type: its media type.
    :param write: returns rows as lines of text.
    :param begin: returns the text before the first event, from the names of the columns.
    :param end: returns the text of the last row.
    """

    name: str
    content_type: str
    write: Callable[[Iterable[Values]], str]
    begin: Callable[[Iterable[str]], str]
    end: Callable[[Values], str]

    def __str__(self) -> str:
        return self.name


#: By the extension of the file's name.
FORMATS = {
    "csv": Format(
        "CSV",
        "text/csv; charset=utf-8; header=present",
        csv_lines,
        begin=lambda columns: ",".join(columns) + "\r\n",
        end=lambda row: csv_lines([row]),
    ),
    "jsonl": Format(
        "JSON lines",
        "application/jsonl; charset=utf-8",
        json_lines,
        begin=lambda columns: "",
        end=lambda row: json_lines([row]),
    ),
    "json": Format(
        "JSON",
        "application/json",
        json_items,
        begin=lambda columns: "[\n",
        end=lambda row: f"{_json(row)}\n]\n",
    ),
}


def stream(
    chunks: Iterable[list[AuditEvent]], content: Content, *, extension: str, name: str
) -> StreamingHttpResponse:
    """Return a response that streams events as a file.

    :param chunks: the events, in chunks.
    :param extension: the file format, one of :data:`FORMATS`.
    :param name: the name of the export, for the log.
    """
    form = FORMATS[extension]
    response = StreamingHttpResponse(
        _encoded(chunks, content, form, name), content_type=form.content_type
    )
    now = timezone.now().astimezone(UTC)
    filename = f"{content.filename}-{now:%Y%m%dT%H%M%SZ}.{extension}"
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    return response


def exact_time(at: datetime) -> str:
    """Return a time as text with microseconds, in UTC."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _encoded(
    chunks: Iterable[list[AuditEvent]], content: Content, form: Format, name: str
) -> Iterator[bytes]:
    count = 0
    end = "incomplete"
    try:
        # Never yield an empty part, which some servers take for the end.
        if header := form.begin(content.columns):
            yield header.encode()
        for events in filter(None, chunks):
            count += len(events)
            yield _encode(form.write(map(content.values, events)))
        yield _encode(form.end(content.end(count)))
        end = "complete"
    finally:
        logger.info("%s: %d events sent, %s", name, count, end)


def _encode(text: str) -> bytes:
    # SQLite stores lone surrogates in JSON. They are written as JSON escapes here.
    return text.encode(errors="backslashreplace")


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, cls=DjangoJSONEncoder)


def _inert(value: object) -> object:
    if isinstance(value, str):
        return _CELL.sub("'", value)
    if isinstance(value, list | dict):
        return _SEPARATOR.sub(lambda found: f"\\u{ord(found[0]):04x}", _json(value))
    return value
