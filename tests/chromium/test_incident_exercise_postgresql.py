"""Security's exercise: "The network 203.0.113.0/24 has been stealing tokens since 02:10."

On a service with a million sessions, by the console alone.
"""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from playwright.sync_api import Page, expect

from killswitches.gate import switches_on
from killswitches.registry import ACCOUNT_LOGIN
from sessions_api.incidents.background import worker
from sessions_api.incidents.models import Incident
from sessions_api.models import UserSession
from sessions_api.notices.models import Notice
from tests.admin_paths import INDEX
from tests.big_table import (
    FIRST_USER,
    TABLES,
    foreign_keys_checked_at_once,
    statements,
)
from tests.chromium.hands import CountingHands
from tests.chromium.lists import expect_message

OpenDesk = Callable[..., Page]

#: The maximum number of clicks and keys, besides typing.
MOST = 23
SESSIONS = 1_000_000
#: How many sessions were stolen, and of how many users.
STOLEN, ROBBED = 5_000, 2_000
#: Everything that the exercise needs.
MAY = (
    *("view_incident", "add_incident", "change_incident"),
    *("view_usersession", "delete_usersession", "view_killswitch", "change_killswitch"),
)


@pytest.fixture
def _million(db: None) -> None:
    now = int(time.time())
    with connection.cursor() as cursor, foreign_keys_checked_at_once(cursor, TABLES):
        cursor.execute(statements(now, SESSIONS - STOLEN))
        cursor.execute(
            f"""
            INSERT INTO sessions_api_usersession
                (user_id, sid, jti, name, dialect, permission_flags, address, location, user_agent,
                 browser, browser_version, platform, os, os_version, is_dev,
                 created_at, expires_at, used_at, password_mark)
            SELECT user_id, sid + 1, gen_random_uuid(), 'stolen', 'v5', NULL,
                '203.0.113.0'::inet + n % 256, 'Lyon, France', '', 'curl', '8', '', '', '', false,
                now(), expires_at, NULL, password_mark
            FROM (SELECT *, row_number() OVER () AS n FROM sessions_api_usersession
                  WHERE user_id > {FIRST_USER} AND user_id <= {FIRST_USER + ROBBED}
                      AND expires_at > now() LIMIT {STOLEN}) AS taken;
            ANALYZE sessions_api_usersession;
            """  # noqa: S608 - made of constants
        )


@pytest.fixture
def _worker() -> Iterator[None]:
    """The thread of this process may run, and has ended after the test."""
    worker().is_on = True
    worker().reset()
    yield
    worker().stop()
    worker().is_on = False
    worker().reset()


@pytest.mark.usefixtures("_million", "_worker")
def test_a_network_that_steals_tokens(open_desk: OpenDesk, staff: Any, tmp_path: Path) -> None:
    stolen = UserSession.objects.filter(name="stolen")
    owners = stolen.values("user").distinct().count()
    others = UserSession.objects.count() - stolen.count()
    assert (stolen.count(), others) == (STOLEN, SESSIONS - STOLEN)

    hands, page = CountingHands(), open_desk(staff, *MAY)
    main = page.get_by_role("main")
    page.goto(INDEX)
    hands.click(main.get_by_role("link", name="Open an incident"))
    for label, text in (
        ("Name:", "Stolen tokens"),
        ("Began:", "2026-11-28T02:10"),
        ("IP address or network:", "203.0.113.0/24"),
    ):
        field = page.get_by_label(label)
        hands.click(field)
        field.fill(text)
    hands.click(page.get_by_role("button", name="Open the incident"))

    # What it is about.
    expect(main).to_contain_text("5,000 active sessions match.")
    expect(main).to_contain_text("Lyon, France: 5,000")
    hands.click(page.get_by_role("link", name="End these sessions"))
    hands.click(page.get_by_label("Reason:"))
    page.keyboard.type("Tokens are stolen from there")
    hands.click(page.get_by_role("button", name="End 5,000 sessions"))
    expect(page.get_by_role("heading", name="Sign-out: finished")).to_be_visible()
    expect(main).to_contain_text("Ended: 5,000 of 5,000")
    assert not stolen.exists()
    assert UserSession.objects.count() == others

    # No further logins from there.
    hands.click(page.get_by_role("link", name="Stop logins from this network"))
    expect(page.get_by_label("Network:")).to_have_value("203.0.113.0/24")
    hands.click(page.get_by_label("Reason:", exact=True))
    page.keyboard.type("Tokens are stolen from there")
    hands.click(page.get_by_label("Name of the switch"))
    page.keyboard.type("ACCOUNT_LOGIN")
    hands.click(page.get_by_role("button", name="Turn on ACCOUNT_LOGIN"))
    expect_message(page, "Turned on: ACCOUNT_LOGIN.")
    conditions = switches_on().conditional[ACCOUNT_LOGIN.bit]
    assert conditions.as_texts() == {"network": "203.0.113.0/24"}

    # That has led back to the incident.
    expect(main).to_contain_text("Logins from this network are stopped.")
    hands.click(page.get_by_role("link", name="Tell owners"))
    hands.click(page.get_by_role("button", name=f"Tell {owners:,} owners"))
    expect(page.get_by_role("heading", name="Mail to owners: finished")).to_be_visible()
    expect(main).to_contain_text("Not told yet: 0.")
    assert Notice.objects.filter(kind="incident").count() == owners

    hands.click(page.get_by_role("link", name="Open the report"))
    with page.expect_download() as saved:
        hands.click(page.get_by_role("link", name="Save as a file"))
    saved.value.save_as(tmp_path / "report.html")
    report = (tmp_path / "report.html").read_text()
    for text in ("Stolen tokens", "203.0.113.0/24", "5,000", "ACCOUNT_LOGIN", f"{owners:,}"):
        assert text in report
    assert Incident.objects.get().opened_by_name == "sam"
    assert hands.count <= MOST
