"""Exporting the audit log: everything that the list shows, in constant memory."""

import csv
import io
import json
import logging
import re
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from sessions_api.admin.audit import admin as events_admin
from sessions_api.admin.audit import exports
from sessions_api.models import AuditEvent
from sessions_api.services import audit_exports
from sessions_api.services.audit_exports import stream
from tests.admin_paths import EVENTS
from tests.browser import browser_of
from tests.small_lists import windows_of

pytestmark = pytest.mark.django_db

Kind = AuditEvent.Kind
AT = datetime(2026, 2, 3, 4, 5, 6, 789, tzinfo=UTC)

HOSTILE = [
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-1+1",
    "@SUM(1)",
    "\tindented",
    "\r\nnext line",
    "＝1+1",  # noqa: RUF001
    'quotes " and, commas',
    "two\nlines",
    "\u202eright to left",
    "emoji 🦊",
    "\u2028 separators \x85",
    "<script>alert(1)</script>",
    "x" * 255,
]


def export(auditor: Browser, extension: str, **query: Any) -> str:
    response: Any = auditor.get(f"{EVENTS}export.{extension}", query)
    assert response.status_code == 200
    return b"".join(response.streaming_content).decode()


def from_csv(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def from_json(text: str) -> list[dict[str, Any]]:
    assert text.endswith("\n")
    return [json.loads(line) for line in text[:-1].split("\n")]


def make(count: int, **fields: Any) -> None:
    """Create events at intervals of a second, the newest first."""
    AuditEvent.objects.bulk_create(
        AuditEvent(**{"kind": Kind.LOGIN, "at": AT - timedelta(seconds=number)} | fields)
        for number in range(count)
    )


def test_the_fields_of_a_line(auditor: Browser, ann: Any) -> None:
    make(
        1,
        actor_id=ann.pk,
        actor_name="ann",
        address="2001:db8::1",
        user_agent="curl/8",
        request_id="abc-1",
        detail={"session": 7, "why": "ü"},
    )
    event = AuditEvent.objects.get()
    values = {
        "id": event.pk,
        "at": "2026-02-03T04:05:06.000789Z",
        "kind": "login",
        "actor_id": ann.pk,
        "actor_name": "ann",
        "subject_id": None,
        "subject_name": "",
        "address": "2001:db8::1",
        "user_agent": "curl/8",
        "request_id": "abc-1",
        "detail": {"session": 7, "why": "ü"},
    }
    [line, _] = from_json(export(auditor, "jsonl"))
    assert line == values

    [_, row, _] = from_csv(export(auditor, "csv"))
    texts = {name: "" if value is None else str(value) for name, value in values.items()}
    # The order of keys depends on the database.
    assert json.loads(row["detail"]) == values["detail"]
    assert "ü" in row["detail"]
    assert row | {"detail": ""} == texts | {"detail": ""}


def test_the_file_formats(auditor: Browser) -> None:
    for extension, kind in (("csv", "text/csv"), ("jsonl", "application/jsonl")):
        response: Any = auditor.get(f"{EVENTS}export.{extension}")
        assert response.streaming
        assert response["Content-Type"].startswith(f"{kind}; charset=utf-8")
        name = r'^attachment; filename="audit-\d{8}T\d{6}Z\.' + extension + '"$'
        assert re.match(name, response["Content-Disposition"])
        assert "no-store" in response["Cache-Control"]
    lines = export(auditor, "csv").split("\r\n")
    assert lines[0] == ",".join(exports.COLUMNS)
    assert lines[-1] == ""


@pytest.mark.parametrize("separator", [";", ",", "\t", "|", "\n", "\r"])
@pytest.mark.parametrize("beginning", "=+-@＝＋－＠")  # noqa: RUF001
def test_no_cell_is_a_formula_with_other_separators(
    auditor: Browser, separator: str, beginning: str
) -> None:
    """The separator of a spreadsheet depends on the user's locale, and some ignore quotes."""
    text = f"x{separator}{beginning}1{separator}y"
    make(1, actor_name=text, user_agent=text, detail={"name": text, text: [-1, [text]]})
    written = export(auditor, "csv", until="2026-12-31")
    assert not set(re.split(r"[;,|\t\r\n]", written)) & {f"{beginning}1"}

    row = next(row for row in from_csv(written) if row["kind"] == "login")
    assert row["actor_name"] == row["user_agent"] == f"x{separator}'{beginning}1{separator}y"
    assert json.loads(row["detail"]) == {"name": text, text: [-1, [text]]}


def test_every_cell_is_quoted(auditor: Browser) -> None:
    """Quotes keep spreadsheets that also split at semicolons from splitting cells."""
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    make(1, actor_name="ann", user_agent=agent)
    line = next(line for line in export(auditor, "csv").split("\r\n") if agent in line)
    assert line.endswith(f',"login","","ann","","","","{agent}","","{{}}"')


@pytest.mark.parametrize(
    "agent",
    ["Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "a-b=c;d, -e"],
)
def test_formula_characters_within_a_cell_are_kept(auditor: Browser, agent: str) -> None:
    make(1, user_agent=agent)
    assert agent in [row["user_agent"] for row in from_csv(export(auditor, "csv"))]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_are_exported_unchanged(auditor: Browser, text: str) -> None:
    make(1, actor_name=text, subject_name=text, user_agent=text, detail={text: text})
    query = {"until": "2026-12-31"}

    [line, _] = from_json(export(auditor, "jsonl", **query))
    assert line["actor_name"] == line["subject_name"] == line["user_agent"] == text
    assert line["detail"] == {text: text}

    row = next(row for row in from_csv(export(auditor, "csv", **query)) if row["kind"] == "login")
    assert json.loads(row["detail"]) == {text: text}
    for name in ("actor_name", "subject_name", "user_agent"):
        assert row[name].removeprefix("'") == text
        assert row[name][0] not in "=+-@\t\r\n＝"  # noqa: RUF001


def test_lone_surrogates_do_not_interrupt_the_export() -> None:
    """SQLite stores them, PostgreSQL does not."""
    event = AuditEvent(pk=1, at=AT, kind=Kind.LOGIN, detail={"name": "\ud800"})
    for extension in exports.FORMATS:
        content: Any = stream(
            [[event]], exports.LOG, extension=extension, name="test"
        ).streaming_content
        assert r"\ud800" in b"".join(content).decode()


def test_keys_of_any_user_model() -> None:
    key = uuid.uuid4()
    event = AuditEvent(pk=1, at=AT, kind=Kind.LOGIN, actor_id=key)
    for extension in exports.FORMATS:
        content: Any = stream(
            [[event]], exports.LOG, extension=extension, name="test"
        ).streaming_content
        assert str(key) in b"".join(content).decode()


@pytest.mark.parametrize("extension", exports.FORMATS)
def test_the_last_line_says_how_many_there_were(auditor: Browser, extension: str) -> None:
    make(3)
    text = export(auditor, extension)
    rows = from_csv(text) if extension == "csv" else from_json(text)
    assert [row["kind"] for row in rows] == ["login"] * 3 + ["end_of_export"]
    assert rows[-1]["detail"] in ({"events": 3}, '{"events": 3}')
    assert not AuditEvent.objects.filter(kind="end_of_export").exists()
    assert "end_of_export" not in Kind.values


def test_an_empty_list_exports_a_file(auditor: Browser) -> None:
    [end] = from_json(export(auditor, "jsonl", actor="nobody"))
    assert end["detail"] == {"events": 0}
    [end] = from_csv(export(auditor, "csv", actor="nobody"))
    assert end["kind"] == "end_of_export"


def test_exactly_what_the_list_shows_is_exported(auditor: Browser, ann: Any) -> None:
    make(3, subject_id=ann.pk, subject_name="ann")
    make(2, kind=Kind.BANNED, subject_id=ann.pk, subject_name="ann")
    make(2, kind=Kind.BANNED)
    lines = from_json(export(auditor, "jsonl", subject="ann", kind__exact="banned"))
    assert [line["subject_id"] for line in lines] == [ann.pk, ann.pk, None]

    query = {"subject": "ann", "kind__exact": "banned", "q": "ann", "when": "month"}
    page = auditor.get(EVENTS, query | {"after": "2026-01-01 00:00:00+00:00_1"}).content.decode()
    for extension in exports.FORMATS:
        link = "?kind__exact=banned&amp;q=ann&amp;subject=ann&amp;when=month"
        assert f'href="{EVENTS}export.{extension}{link}"' in page


@pytest.mark.parametrize(
    ("status", "query"),
    [
        (400, {"since": "yesterday"}),
        (400, {"address": "10.1.0.0/99"}),
        (400, {"kind__exact": "rubbish"}),
        (400, {"when": "rubbish"}),
        (400, {"q": "a\x00b"}),
        (400, {"actor": "a\x00b"}),
        (400, {"detail": "x"}),
        (400, {"actor__password__startswith": "x"}),
        (200, {"e": "1", "p": "rubbish", "o": "-1", "all": ""}),
    ],
)
def test_an_invalid_filter_exports_nothing(
    auditor: Browser, status: int, query: dict[str, str]
) -> None:
    make(1)
    assert auditor.get(f"{EVENTS}export.jsonl", query).status_code == status
    assert AuditEvent.objects.filter(kind=Kind.AUDIT_EXPORTED).exists() == (status == 200)


def test_view_permission_is_required(staff: Any) -> None:
    assert browser_of(staff).get(f"{EVENTS}export.csv").status_code == 403
    assert Browser().get(f"{EVENTS}export.csv").status_code == 302
    assert not AuditEvent.objects.filter(kind=Kind.AUDIT_EXPORTED).exists()


def test_only_get_requests_for_known_formats_are_accepted(auditor: Browser) -> None:
    assert auditor.post(f"{EVENTS}export.csv").status_code == 405
    assert auditor.head(f"{EVENTS}export.csv").status_code == 405
    assert auditor.get(f"{EVENTS}export.xlsx").status_code == 404
    assert not AuditEvent.objects.exists()


def test_the_export_is_audited_but_not_in_the_file(auditor: Browser, staff: Any) -> None:
    make(1)
    text = export(auditor, "jsonl", when="month", q="sam")
    event = AuditEvent.objects.get(kind=Kind.AUDIT_EXPORTED)
    assert (event.actor, event.actor_name, event.subject) == (staff, "sam", None)
    assert event.detail == {"format": "jsonl", "filters": {"when": "month", "q": "sam"}}
    assert "audit_exported" not in text
    assert "audit_exported" in export(auditor, "jsonl")


def test_an_export_that_is_not_downloaded_is_audited_too(auditor: Browser) -> None:
    auditor.get(f"{EVENTS}export.csv")
    assert AuditEvent.objects.filter(kind=Kind.AUDIT_EXPORTED).exists()


class TestStream:
    @pytest.fixture(autouse=True)
    def _small_chunks(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(events_admin, "CHUNK", 4)

    @pytest.fixture
    def parts(self, auditor: Browser) -> Iterator[bytes]:
        make(10)
        response: Any = auditor.get(f"{EVENTS}export.csv")
        return iter(response)

    def test_each_chunk_takes_one_bounded_query(self, parts: Iterator[bytes]) -> None:
        with CaptureQueriesContext(connection) as captured:
            lines = [part.count(b"\r\n") for part in parts]
        assert lines == [1, 4, 4, 2, 1]
        assert len(captured) == 3
        assert all("LIMIT 5" in query["sql"] for query in captured)

    def test_rows_are_read_only_when_they_are_sent(self, parts: Iterator[bytes]) -> None:
        next(parts)
        with CaptureQueriesContext(connection) as captured:
            next(parts)
        assert len(captured) == 1

    def test_newer_events_are_left_out(self, parts: Iterator[bytes]) -> None:
        next(parts), next(parts)
        # A lapse that is recorded later has an earlier time, so it would come further down.
        make(1, at=AT - timedelta(seconds=8), user_agent="late")
        make(1, at=AT + timedelta(days=1), user_agent="late")
        assert b"late" not in b"".join(parts)

    def test_pruning_during_an_export_is_not_an_error(self, parts: Iterator[bytes]) -> None:
        next(parts), next(parts)
        oldest = AuditEvent.objects.filter(at__lt=AT - timedelta(seconds=6))
        AuditEvent._base_manager.filter(pk__in=oldest.values("pk")).delete()
        assert b'{""events"": 7}' in b"".join(parts)

    def test_the_log_says_whether_the_export_was_complete(
        self, parts: Iterator[bytes], caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.INFO, logger="sessions_api.services.audit_exports")
        list(parts)
        exported = AuditEvent.objects.get(kind=Kind.AUDIT_EXPORTED)
        own = [message for message in caplog.messages if "incomplete" not in message]
        assert own == [f"Audit export {exported.pk}: 10 events sent, complete"]

    @pytest.mark.parametrize("end", ["failure", "reader gone"])
    def test_a_truncated_file_has_no_last_line(
        self, auditor: Browser, caplog: pytest.LogCaptureFixture, end: str
    ) -> None:
        caplog.set_level(logging.INFO, logger="sessions_api.services.audit_exports")
        make(10)

        def chunks() -> Iterator[list[AuditEvent]]:
            yield list(AuditEvent.objects.all()[:4])
            raise ConnectionError

        response = stream(chunks(), exports.LOG, extension="jsonl", name="This")
        content: Any = iter(response)
        sent = next(content)
        if end == "failure":
            with pytest.raises(ConnectionError):
                next(content)
        else:
            response.close()
        assert b"end_of_export" not in sent
        # Responses of other tests may be garbage collected meanwhile, which interrupts them.
        own = [message for message in caplog.messages if message.startswith("This: ")]
        assert own == ["This: 4 events sent, incomplete"]


def test_a_long_export_takes_no_more_memory(
    auditor: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of 20,000 events, at most a chunk is in memory."""
    make(20_000)
    sizes: list[int] = []

    def watched(rows: Any) -> str:
        rows = list(rows)
        sizes.append(len(rows))
        return audit_exports.json_lines(rows)

    form = replace(audit_exports.FORMATS["jsonl"], write=watched)
    monkeypatch.setitem(audit_exports.FORMATS, "jsonl", form)
    lines = from_json(export(auditor, "jsonl"))
    assert len({line["id"] for line in lines}) == 20_001
    assert sizes == [2_000] * 10


@pytest.mark.parametrize("query", [{"actor": "gone"}, {"q": "10.0.0.0/8"}, {"q": "sam"}])
@windows_of(7)
def test_an_export_over_many_windows_is_complete(
    auditor: Browser, staff: Any, monkeypatch: pytest.MonkeyPatch, query: dict[str, str]
) -> None:
    monkeypatch.setattr(events_admin, "CHUNK", 3)
    wanted = {"actor_name": "gone", "subject_id": staff.pk, "address": "10.1.2.3"}
    for number in range(12):
        at = AT - timedelta(hours=number)
        make(1, at=at, user_agent=f"wanted {number}", **wanted)
        make(10, at=at)
    lines = from_json(export(auditor, "jsonl", **query))
    assert [line["user_agent"] for line in lines[:-1]] == [f"wanted {n}" for n in range(12)]
