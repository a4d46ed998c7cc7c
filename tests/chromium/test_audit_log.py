"""Filtering and exporting the audit log."""

import csv
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from sessions_api.models import AuditEvent
from tests.admin_paths import EVENTS
from tests.chromium.hands import Hands
from tests.chromium.lists import filter_by, rows

OpenDesk = Callable[..., Page]
Kind = AuditEvent.Kind

NOON = datetime(2025, 3, 14, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def trail(ann: Any, bob: Any, staff: Any) -> None:
    """Create six events, at noon on consecutive days."""
    operations = [
        (Kind.LOGIN, ann, ann, "192.0.2.1"),
        (Kind.LOGIN, bob, bob, "192.0.2.2"),
        (Kind.LOGIN_FAILED, None, bob, "203.0.113.9"),
        (Kind.BANNED, staff, bob, "198.51.100.1"),
        (Kind.SESSIONS_ENDED, staff, ann, "198.51.100.1"),
        (Kind.LOGIN, ann, ann, "203.0.113.7"),
    ]
    AuditEvent.objects.bulk_create(
        AuditEvent(
            kind=kind,
            at=NOON + timedelta(days=day),
            actor=actor,
            actor_name=actor.username if actor else "",
            subject=subject,
            subject_name=subject.username,
            address=address,
            detail={"day": day},
        )
        for day, (kind, actor, subject, address) in enumerate(operations)
    )


def expect_days(page: Page, *days: int) -> None:
    """Check which of the events are listed."""
    expect(rows(page).locator(".field-summary")).to_have_text([f"day: {day}" for day in days])


def show(page: Page, hands: Hands) -> None:
    hands.press(page.get_by_role("button", name="Show"))


def test_filters_by_kind_user_and_address(open_desk: OpenDesk, staff: Any, hands: Hands) -> None:
    page = open_desk(staff, "view_auditevent")
    page.goto(EVENTS)
    expect_days(page, 5, 4, 3, 2, 1, 0)
    filter_by(page, hands, "event", "Logged in")
    expect_days(page, 5, 1, 0)
    hands.write(page.get_by_label("User:"), "ann")
    show(page, hands)
    expect_days(page, 5, 0)
    hands.write(page.get_by_label("IP address or network:"), "192.0.2.0/24")
    show(page, hands)
    expect_days(page, 0)


def test_filters_by_day_and_actor(open_desk: OpenDesk, staff: Any, hands: Hands) -> None:
    page = open_desk(staff, "view_auditevent")
    page.goto(EVENTS)
    # Filled in directly, because the meaning of keys in a date field depends on the locale.
    page.get_by_label("From day:").fill("2025-03-16")
    page.get_by_label("To day:").fill("2025-03-18")
    show(page, hands)
    expect_days(page, 4, 3, 2)
    hands.write(page.get_by_label("By:"), "sam")
    show(page, hands)
    expect_days(page, 4, 3)
    page.get_by_label("To day:").fill("2025-03-01")
    show(page, hands)
    expect(page.get_by_text("This is before the first day.")).to_be_visible()
    expect_days(page)


@pytest.mark.parametrize("name", ["CSV", "JSON lines"])
def test_exports(open_desk: OpenDesk, staff: Any, hands: Hands, name: str, tmp_path: Path) -> None:
    page = open_desk(staff, "view_auditevent", accept_downloads=True)
    page.goto(f"{EVENTS}?actor=sam")
    with page.expect_download() as download:
        hands.press(page.get_by_role("link", name=f"Export as {name}"))
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    text = path.read_text()
    if name == "CSV":
        assert path.suffix == ".csv"
        events: list[Any] = list(csv.DictReader(io.StringIO(text)))
        details = [json.loads(event["detail"]) for event in events]
    else:
        assert path.suffix == ".jsonl"
        events = [json.loads(line) for line in text.splitlines()]
        details = [event["detail"] for event in events]
    assert [event["kind"] for event in events] == ["sessions_ended", "banned", "end_of_export"]
    assert [event["subject_name"] for event in events] == ["ann", "bob", ""]
    assert details == [{"day": 4}, {"day": 3}, {"events": 2}]
    assert AuditEvent.objects.filter(kind=Kind.AUDIT_EXPORTED, actor=staff).count() == 1
