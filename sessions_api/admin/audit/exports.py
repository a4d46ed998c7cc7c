"""The audit trail as a file, sent while it is read: however long it is, it takes no more memory.

Each chunk is a query of its own, so nothing is held open in the database meanwhile.
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

#: The kind of the last line, which is no event but says how many there were. A file without it has
#: been cut off: between here and its reader a connection may break without a sign.
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

#: With one of these at its beginning a cell is a formula to a spreadsheet, which may do anything.
#: The last four are what some Asian input methods write for the first.
FORMULA_BEGINNINGS = "=+@＝＋－＠-"  # noqa: RUF001

#: Where a text begins, or a cell to a spreadsheet that splits it: which characters do that goes by
#: the language of the user, and there the quotes around a text may mean nothing.
_CELL = re.compile(rf"^(?=[\t\r\n])|(?:^|(?<=[,;|\t\r\n]))(?=[{FORMULA_BEGINNINGS}])")

#: The same within JSON, of whose own commas each has a space behind it.
_SEPARATOR = re.compile(rf"[,;|](?=[{FORMULA_BEGINNINGS}])")

Values = dict[str, object]


def csv_lines(rows: Iterable[Values]) -> str:
    """As RFC 4180 has it, all in quotes. What a spreadsheet would take for a formula in a text gets
    an apostrophe in front; JSON stays what it is, in another spelling."""
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    for row in rows:
        inert = {name: _inert(value) for name, value in row.items()}
        writer.writerow((inert | {"detail": _inert_json(row["detail"])}).values())
    return text.getvalue()


def json_lines(rows: Iterable[Values]) -> str:
    """One JSON object a line."""
    return "".join(
        json.dumps(row, ensure_ascii=False, cls=DjangoJSONEncoder) + "\n" for row in rows
    )


@dataclass(frozen=True)
class Format:
    """A form of the file.

    :param name: what people call it.
    :param content_type: its media type.
    :param write: makes lines of events.
    :param header: what comes before the first event.
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
    """The answer that sends events as a file.

    :param chunks: the events, some at a time.
    :param extension: the form of the file, one of :data:`FORMATS`.
    :param name: what the log calls the export.
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
    end = "broken off"
    try:
        # Never an empty part: to some servers it is the end.
        if form.header:
            yield form.header.encode()
        for events in filter(None, chunks):
            count += len(events)
            yield _encode(form.write(map(_values, events)))
        yield _encode(form.write([_values(AuditEvent(kind=END, detail={"events": count}))]))
        end = "whole"
    finally:
        logger.info("%s: %d events sent, %s", name, count, end)


def _encode(text: str) -> bytes:
    # SQLite keeps lone surrogates in JSON. What becomes of them here is how JSON writes them.
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
