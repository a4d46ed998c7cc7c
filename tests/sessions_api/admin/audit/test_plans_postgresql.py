"""PostgreSQL's plans for a long audit log: each page reads a bounded number of rows by indexes."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from killswitches.periods import period_text
from sessions_api.admin.audit.admin import CHUNK
from sessions_api.databases.windows import WINDOW
from sessions_api.models import AuditEvent
from sessions_api.services.pruning import ObsoleteRows
from tests import big_table
from tests.big_table import Plan, plans_of

EVENTS = 200_000
#: Seconds between two events. The oldest is about seventy days old.
PACE = 30
#: The key of the first account; all of them are deleted. Every tenth event is by the busy one.
FIRST_USER = 1_600_000_000_000
BUSY = FIRST_USER - 1
#: The account of the oldest events, which also have a kind of their own, and their number.
RETIRED = FIRST_USER - 2
RARE_ONES = 50
#: The number of the oldest events that are from the attacker's address: enough for the planner to
#: expect this address everywhere.
ATTACKS = 40_000
ATTACKER = "198.51.100.7"
#: The rows that a page reads if an index finds exactly these: its own, and one on either side.
PAGE = 102
LIST = "/admin/sessions_api/auditevent/"
TABLE = AuditEvent._meta.db_table


def _fill(now: int) -> str:
    """Return SQL that fills the audit log. Event number n is the n-th newest one."""
    return f"""
        INSERT INTO {TABLE}
            (at, kind, actor_id, actor_name, subject_id, subject_name, address, user_agent,
            request_id, detail)
        SELECT
            to_timestamp({now} - n * {PACE}),
            CASE WHEN n >= {EVENTS} - {RARE_ONES} THEN 'unbanned'
                ELSE (ARRAY['login', 'login', 'login_failed', 'banned'])[n % 4 + 1] END,
            account, 'user' || account, account, 'user' || account,
            CASE WHEN n >= {EVENTS} - {ATTACKS} THEN '{ATTACKER}'::inet
                WHEN n % 5 = 0 THEN '192.0.2.1'
                ELSE '10.0.0.0'::inet + n * 40503::bigint % (1 << 24) END,
            '', 'request-' || n / 3, '{{}}'
        FROM generate_series({EVENTS} - 1, 0, -1) AS n, LATERAL (
            SELECT CASE
                WHEN n >= {EVENTS} - {RARE_ONES} THEN {RETIRED}
                WHEN n % 10 = 0 THEN {BUSY}
                ELSE {FIRST_USER} + n * 7919::bigint % 30000
            END AS account
        ) AS accounts
    """  # noqa: S608 - made of constants


@pytest.fixture(scope="module")
def now(django_db_setup: None, django_db_blocker: Any) -> Iterator[int]:
    """Fill the audit log, and return the time of its newest event in UNIX seconds."""
    newest = int(time.time())
    with django_db_blocker.unblock():
        with connection.cursor() as cursor:
            cursor.execute(_fill(newest))
            cursor.execute(f"VACUUM ANALYZE {TABLE}")
        yield newest
        with connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {TABLE}")


pytestmark = [pytest.mark.usefixtures("now"), pytest.mark.django_db]


@pytest.fixture(autouse=True)
def _table(monkeypatch: pytest.MonkeyPatch) -> None:
    """Restrict plans to the audit log; other tests cover the accounts."""
    monkeypatch.setattr(big_table, "TABLES", (TABLE,))


def check(plans: list[Plan], bound: int) -> None:
    """Assert that the audit log is not scanned, and at most ``bound`` of its rows are read."""
    assert plans
    assert [plan for plan in plans if plan.scanned] == []
    assert sum(plan.rows for plan in plans) <= bound


def read(auditor: Browser, query: dict[str, Any]) -> tuple[Any, list[Plan]]:
    """Open a page of the list, and return the list and the plans."""
    with CaptureQueriesContext(connection) as captured:
        response = auditor.get(LIST, query)
    assert response.status_code == 200
    return response.context["cl"], plans_of(captured)


def day(now: int, ago: int) -> str:
    return f"{datetime.fromtimestamp(now - ago * 24 * 60 * 60, UTC):%Y-%m-%d}"


# The query; the maximum number of rows that a page may read; the number of rows that it shows.
QUERIES: dict[str, tuple[dict[str, Any], int, int]] = {
    "all": ({}, PAGE, 100),
    "kind": ({"kind__exact": "login"}, PAGE, 100),
    "rare kind": ({"kind__exact": "unbanned"}, PAGE, RARE_ONES),
    "no such kind": ({"kind__exact": "new_location"}, PAGE, 0),
    "account": ({"subject": FIRST_USER + 7919}, PAGE, 7),
    "busy account": ({"actor": BUSY}, PAGE, 100),
    "retired account": ({"actor": RETIRED}, PAGE, RARE_ONES),
    "account that never was": ({"subject": "7"}, PAGE, 0),
    "busy account, rarely": ({"subject": BUSY, "kind__exact": "unbanned"}, WINDOW + PAGE, 0),
    "busy account, often": ({"subject": BUSY, "kind__exact": "login"}, WINDOW + 3 * PAGE, 100),
    "both": ({"actor": FIRST_USER + 7919, "subject": FIRST_USER + 7919}, 2 * PAGE, 7),
    "kind and network": ({"kind__exact": "login", "address": "10.1.0.0/16"}, WINDOW, 100),
    "kind and large network": (
        {"kind__exact": "login", "address": "10.0.0.0/8"},
        3 * WINDOW + 3 * PAGE,
        100,
    ),
    "name": ({"actor": f"user{RETIRED}"}, 2 * WINDOW + PAGE, 0),
    "address": ({"address": "10.0.158.55"}, PAGE, 1),
    "busy address": ({"address": "192.0.2.1"}, PAGE, 100),
    "attacker": ({"address": ATTACKER}, PAGE, 100),
    "request": ({"request_id": "request-7"}, PAGE, 3),
    "no such request": ({"request_id": "request"}, PAGE, 0),
    "request and kind": ({"request_id": "request-7", "kind__exact": "login"}, WINDOW + PAGE, 1),
    "network": ({"address": "10.1.0.0/16"}, WINDOW, 100),
    "large network": ({"address": "10.0.0.0/8"}, 2 * WINDOW + 3 * PAGE, 100),
    "empty network": ({"address": "2001:db8::/32"}, PAGE, 0),
    "hour": ({"when": "hour"}, 2 * PAGE, 100),
    "month": ({"when": "month"}, PAGE, 100),
    "search for an account": ({"q": FIRST_USER + 7919}, 4 * PAGE, 7),
    "search for a busy account": ({"q": BUSY}, 2 * WINDOW + 20 * PAGE, 100),
    "search for a retired account": ({"q": RETIRED}, 4 * PAGE, RARE_ONES),
    "search for a name": ({"q": f"user{RETIRED}"}, 2 * WINDOW + PAGE, 0),
    "search for a network": ({"q": "10.0.0.0/8"}, 2 * WINDOW + 3 * PAGE, 100),
}


@pytest.mark.parametrize("asked", QUERIES)
def test_pages(auditor: Browser, asked: str) -> None:
    query, bound, shown = QUERIES[asked]
    listed, plans = read(auditor, query)
    check(plans, bound)
    assert len(listed.result_list) == shown
    for _ in range(2):
        if listed.older_link:
            listed, plans = read(auditor, dict(parse_qsl(listed.older_link[1:])))
            check(plans, bound)


# Old periods, at whose end the window begins.
LONG_AGO: dict[str, tuple[dict[str, Any], int]] = {
    "all": ({}, 0),
    "kind": ({"kind__exact": "login"}, 0),
    "rare kind": ({"kind__exact": "unbanned"}, 0),
    "account": ({"subject": FIRST_USER + 7919}, 0),
    "busy account": ({"subject": BUSY}, 0),
    "busy account's bans": ({"subject": BUSY, "kind__exact": "banned"}, WINDOW),
    "name": ({"actor": f"user{RETIRED}"}, 2 * WINDOW),
    "large network": ({"address": "10.0.0.0/8"}, 2 * WINDOW),
}


@pytest.mark.parametrize("asked", LONG_AGO)
def test_days_long_ago(auditor: Browser, now: int, asked: str) -> None:
    query, bound = LONG_AGO[asked]
    days = {"since": day(now, 60), "until": day(now, 59)}
    listed, plans = read(auditor, query | days)
    check(plans, bound + 10 * PAGE)
    assert {f"{event.at:%Y-%m-%d}" for event in listed.result_list} <= set(days.values())
    assert listed.searched_to is None


@pytest.mark.parametrize("ago", [0, 60 * 24])
@pytest.mark.parametrize("query", [{}, {"kind__exact": "login"}, {"subject": BUSY}])
def test_an_hour(auditor: Browser, now: int, query: dict[str, Any], ago: int) -> None:
    minute = now // 60 * 60
    begin, end = (datetime.fromtimestamp(minute - hours * 3600, UTC) for hours in (ago + 1, ago))
    listed, plans = read(auditor, query | {"between": period_text(begin, end)})
    check(plans, 10 * PAGE)
    assert listed.result_list
    assert all(begin <= event.at < end for event in listed.result_list)


@pytest.mark.parametrize("name", ["before", "after"])
@pytest.mark.parametrize("query", [{}, {"subject": BUSY}, {"kind__exact": "login"}])
def test_a_page_far_back(auditor: Browser, now: int, name: str, query: dict[str, Any]) -> None:
    place = datetime.fromtimestamp(now - (EVENTS - 20_000) * PACE, UTC)
    listed, plans = read(auditor, query | {name: f"{place}_1"})
    check(plans, PAGE)
    assert len(listed.result_list) == 100


@pytest.mark.parametrize(
    ("query", "bound"),
    [
        ({}, CHUNK + 2),
        ({"kind__exact": "login"}, CHUNK + 2),
        ({"subject": BUSY}, CHUNK + 2),
        ({"q": BUSY}, WINDOW + 2),
        ({"address": "10.1.0.0/16"}, WINDOW + 2),
        ({"actor": f"user{RETIRED}"}, WINDOW + 2),
    ],
)
def test_every_chunk_of_an_export(auditor: Browser, query: dict[str, Any], bound: int) -> None:
    response: Any = auditor.get(f"{LIST}export.jsonl", query)
    parts = iter(response)
    chunks = 0
    for _ in range(3):
        with CaptureQueriesContext(connection) as captured:
            next(parts, None)
        plans = plans_of(captured)
        chunks += bool(plans)
        for plan in plans:
            check([plan], bound)
    response.close()
    assert chunks


def test_pruning() -> None:
    rows = AuditEvent.objects.filter(at__lt=datetime.fromtimestamp(time.time() - 86400, UTC))
    with CaptureQueriesContext(connection) as captured:
        assert list(ObsoleteRows("Old", rows, "at").prune(1000, max_batches=3)) == [1000] * 3
    chosen = [query for query in captured if "FOR UPDATE SKIP LOCKED" in query["sql"]]
    for plan in plans_of(chosen):
        check([plan], 3 * 1000)
