"""The audit log, filtered by an exact period."""

from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client as Browser

from killswitches.periods import period_text
from sessions_api.models import AuditEvent
from tests.admin_paths import EVENTS
from tests.browser import browser_of

pytestmark = pytest.mark.django_db

BEGIN = datetime(2026, 11, 18, 14, tzinfo=UTC)
END = BEGIN + timedelta(hours=1)
HOUR = period_text(BEGIN, END)


@pytest.fixture
def reader(staff: Any) -> Browser:
    return browser_of(staff, "view_auditevent")


@pytest.fixture
def events() -> dict[str, AuditEvent]:
    times = {
        "before": BEGIN - timedelta(microseconds=1),
        "first": BEGIN,
        "last": END - timedelta(microseconds=1),
        "after": END,
    }
    return {name: AuditEvent.objects.create(kind="login", at=at) for name, at in times.items()}


def test_the_beginning_is_included_and_the_end_is_not(
    reader: Browser, events: dict[str, AuditEvent]
) -> None:
    page = reader.get(EVENTS, {"between": HOUR})
    assert page.context["cl"].result_list == [events["last"], events["first"]]


def test_it_is_combined_with_other_filters(reader: Browser, events: dict[str, AuditEvent]) -> None:
    failed = AuditEvent.objects.create(kind="login_failed", at=BEGIN)
    query = {"between": HOUR, "kind__exact": "login_failed"}
    assert reader.get(EVENTS, query).context["cl"].result_list == [failed]
    export = b"".join(reader.get(f"{EVENTS}export.csv", query))
    assert export.count(b'"login_failed"') == 1
    assert b'"login"' not in export


def test_the_page_says_which_period_it_shows(reader: Browser) -> None:
    page = unescape(reader.get(EVENTS, {"between": HOUR}).content.decode())
    assert "2026-11-18 14:00:00 UTC to 2026-11-18 15:00:00 UTC" in page
    assert "By period" in page
    assert "By period" not in reader.get(EVENTS).content.decode()


@pytest.mark.parametrize("text", ["x", "", HOUR.replace("Z", ""), "/".join([HOUR] * 2)])
def test_an_invalid_period_matches_nothing(
    reader: Browser, events: dict[str, AuditEvent], text: str
) -> None:
    page = reader.get(EVENTS, {"between": text})
    assert page.status_code == 200
    assert page.context["cl"].result_list == []
    assert reader.get(f"{EVENTS}export.csv", {"between": text}).status_code == 400
