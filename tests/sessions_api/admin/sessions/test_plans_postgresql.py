"""PostgreSQL's plans for a long list of sessions: each page reads a bounded number of rows."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from sessions_api.admin.sessions.common_values import SAMPLE
from sessions_api.databases.sizes import COUNTED
from sessions_api.databases.windows import WINDOW
from tests.admin_paths import SESSIONS as LIST
from tests.big_table import (
    BUSY_ADDRESS,
    FIRST_USER,
    PACE,
    RARE,
    SESSIONS,
    Plan,
    move_to_console,
    plans_of,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("big_table")]

#: Rows in addition to a window: the samples of four filters, the rows of a page, and their users.
FEW = 4 * SAMPLE + 2_000
DAY = 24 * 60 * 60


def read(desk: Browser, query: dict[str, Any]) -> tuple[Any, list[Plan]]:
    """Open a page of the list, and return the list and the plans."""
    with CaptureQueriesContext(connection) as captured:
        response = desk.get(LIST, query)
    assert response.status_code == 200
    return response.context["cl"], plans_of(captured)


def check(plans: list[Plan], bound: int = FEW) -> None:
    """Assert that no table is scanned, and at most ``bound`` rows are read."""
    assert [plan for plan in plans if plan.scanned] == []
    assert sum(plan.rows for plan in plans) <= bound


def day(now: int, ago: int) -> str:
    """Return the time of the newest session minus some days, in the format of the filters."""
    return str(datetime.fromtimestamp(now - ago * DAY, UTC))


# The query; the maximum number of rows that a page may read; the number of rows that it shows.
QUERIES: dict[str, tuple[Callable[[int], dict[str, Any]], int, int]] = {
    "live by default": (lambda now: {}, WINDOW + FEW, 50),
    "all": (lambda now: {"state": "all"}, FEW, 50),
    "live": (lambda now: {"state": "active"}, WINDOW + FEW, 50),
    "expired": (lambda now: {"state": "expired"}, 2 * WINDOW, 50),
    "full": (lambda now: {"kind": "full"}, WINDOW + FEW, 50),
    "scoped": (lambda now: {"kind": "scoped"}, WINDOW + FEW, 50),
    "created": (lambda now: {"created_at__gte": day(now, 1)}, 3 * DAY // PACE + FEW, 50),
    "created long ago": (
        lambda now: {"created_at__gte": day(now, 90), "created_at__lt": day(now, 80)},
        2 * WINDOW + FEW,
        50,
    ),
    "all created long ago": (
        lambda now: {
            "created_at__gte": day(now, 90),
            "created_at__lt": day(now, 80),
            "state": "all",
        },
        COUNTED + FEW,
        50,
    ),
    "used": (lambda now: {"used_at__gte": day(now, 10)}, WINDOW + FEW, 50),
    "used long ago": (lambda now: {"used_at__lt": day(now, 50)}, 2 * WINDOW + FEW, 0),
    "never used": (lambda now: {"used_at__isnull": "True"}, WINDOW + FEW, 50),
    "browser": (lambda now: {"browser": "Firefox"}, WINDOW + FEW, 50),
    "rare browser": (lambda now: {"browser": RARE}, 2 * WINDOW + FEW, 0),
    "no such browser": (lambda now: {"browser": "rubbish"}, 2 * WINDOW + FEW, 0),
    "system": (lambda now: {"os": "Linux"}, WINDOW + FEW, 50),
    "rare system": (lambda now: {"os": RARE}, 2 * WINDOW + FEW, 0),
    "dialect": (lambda now: {"dialect": "v3"}, WINDOW + FEW, 50),
    "location": (lambda now: {"location": "Rome, Italy"}, WINDOW + FEW, 50),
    "user": (lambda now: {"user": FIRST_USER + 7}, FEW, 10),
    # Whether they are few, how many they are, and a page of them.
    "user with many": (lambda now: {"user": FIRST_USER}, 3 * COUNTED, 50),
    "all of a user with many": (
        lambda now: {"user": FIRST_USER, "state": "all"},
        COUNTED + FEW,
        50,
    ),
    "user with many, and more": (
        lambda now: {"user": FIRST_USER, "state": "expired", "browser": "Firefox"},
        WINDOW + FEW,
        0,
    ),
    "username": (lambda now: {"q": "USER7"}, FEW, 10),
    "email": (lambda now: {"q": "user7@Example.com"}, FEW, 10),
    "user id": (lambda now: {"q": str(FIRST_USER + 7)}, FEW, 10),
    "nobody": (lambda now: {"q": "nobody"}, FEW, 0),
    "session id": (lambda now: {"q": str(now - 1000 * PACE)}, FEW, 1),
    "address": (lambda now: {"q": "10.40.80.4"}, FEW, 0),
    "network": (lambda now: {"q": "10.1.0.0/16"}, WINDOW, 50),
    "network and browser": (lambda now: {"q": "10.1.0.0/16", "browser": "Firefox"}, WINDOW, 50),
    "large network": (lambda now: {"q": "10.0.0.0/8"}, 3 * WINDOW, 50),
    "busy address": (lambda now: {"q": BUSY_ADDRESS}, 3 * WINDOW, 50),
    "IPv6": (lambda now: {"q": "2001:db8::/32"}, FEW, 0),
}


@pytest.mark.parametrize("asked", QUERIES)
def test_pages(desk: Browser, big_table: int, asked: str) -> None:
    query, bound, shown = QUERIES[asked]
    listed, plans = read(desk, query(big_table))
    check(plans, bound)
    assert len(listed.result_list) == shown
    for _ in range(2):
        if listed.older_link:
            listed, plans = read(desk, dict(parse_qsl(listed.older_link[1:])))
            check(plans, bound)


def test_the_few_sessions_of_the_console_are_found_among_all_others(
    desk: Browser, big_table: int
) -> None:
    move_to_console(big_table, 3)
    listed, plans = read(desk, {"kind": "console"})
    assert len(listed.result_list) == 3
    check(plans)


@pytest.mark.parametrize("query", [{}, {"browser": "Firefox"}, {"browser": RARE}, {"kind": "full"}])
@pytest.mark.parametrize("name", ["before", "after"])
def test_a_page_far_back(desk: Browser, big_table: int, query: dict[str, str], name: str) -> None:
    place = f"{big_table - (SESSIONS - 30_000) * PACE}_{1}"
    _, plans = read(desk, query | {name: place})
    check(plans, 2 * WINDOW + FEW)


def test_the_planner_estimates_the_size_of_the_table(desk: Browser, big_table: int) -> None:
    listed, plans = read(desk, {})
    assert listed.size == "about 300,000"
    check(plans, WINDOW + FEW)
