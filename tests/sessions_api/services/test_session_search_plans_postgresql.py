"""PostgreSQL's plans for searches in a long table: a bounded number of rows per statement."""

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sessions_api.databases.windows import WINDOW
from sessions_api.models import SessionKind
from sessions_api.services.session_search import PAGE, SessionSearch
from tests.big_table import (
    BUSY_ADDRESS,
    FIRST_USER,
    PACE,
    RARE,
    RARE_ONES,
    move_to_console,
    plans_of,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("big_table")]

#: Rows in addition to a window: those of a page, and their users.
FEW = 3 * PAGE
DAY = 24 * 60 * 60


def ago(now: int, days: int) -> datetime:
    return datetime.fromtimestamp(now - days * DAY, UTC)


# The search; the maximum number of rows that a page may read; the number of its rows.
SEARCHES: dict[str, tuple[Callable[[int], dict[str, Any]], int, int]] = {
    "all": (lambda now: {}, WINDOW + FEW, 50),
    "user": (lambda now: {"users": (str(FIRST_USER + 7),)}, 200, 10),
    "users": (lambda now: {"users": (str(FIRST_USER + 7), str(FIRST_USER + 8))}, 200, 20),
    "user with many": (lambda now: {"users": (str(FIRST_USER),)}, 2 * WINDOW, 50),
    "nobody": (lambda now: {"users": ()}, 0, 0),
    "session": (lambda now: {"session": now - 1001 * PACE}, 10, 1),
    "network": (lambda now: {"network": "10.1.0.0/16"}, 4 * WINDOW, 50),
    "large network": (lambda now: {"network": "10.0.0.0/8"}, 4 * WINDOW, 50),
    "address": (lambda now: {"network": BUSY_ADDRESS}, 4 * WINDOW, 50),
    "created": (
        lambda now: {"created_after": ago(now, 90), "created_before": ago(now, 80)},
        3 * WINDOW,
        50,
    ),
    "created of a user": (
        lambda now: {"users": (str(FIRST_USER),), "created_before": ago(now, 80)},
        2 * WINDOW,
        50,
    ),
    "used": (lambda now: {"used_after": ago(now, 10)}, WINDOW + FEW, 50),
    "scoped": (lambda now: {"of_kind": SessionKind.SCOPED}, WINDOW + FEW, 50),
}


@pytest.mark.parametrize("asked", SEARCHES)
def test_the_first_page(big_table: int, asked: str) -> None:
    parts, bound, size = SEARCHES[asked]
    with CaptureQueriesContext(connection) as captured:
        pages = list(islice(SessionSearch(**parts(big_table)).pages(50), 1))
    plans = plans_of(captured)
    assert [plan for plan in plans if plan.scanned] == []
    assert sum(plan.rows for plan in plans) <= bound
    assert [len(page) for page in pages] == ([size] if size else [])


def test_the_few_sessions_of_the_console_take_one_window(big_table: int) -> None:
    move_to_console(big_table, 3)
    with CaptureQueriesContext(connection) as captured:
        pages = list(SessionSearch(of_kind=SessionKind.CONSOLE).pages(PAGE))
    assert sum(map(len, pages)) == 3
    plans = plans_of(captured)
    assert len(plans) == 3  # Whether they are few, the sessions, and their owners.
    assert [plan for plan in plans if plan.scanned] == []
    assert sum(plan.rows for plan in plans) <= FEW


def test_without_an_index_windows_are_searched(big_table: int) -> None:
    with CaptureQueriesContext(connection) as captured:
        pages = list(SessionSearch(browser=RARE.lower()).pages(PAGE))
    assert sum(map(len, pages)) == RARE_ONES - 1
    plans = plans_of(captured)
    assert [plan for plan in plans if plan.scanned] == []
    assert max(plan.rows for plan in plans) <= 2 * WINDOW
