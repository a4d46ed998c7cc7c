"""PostgreSQL's plans of the search on long tables: it reads a few rows of each, by indexes."""

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from sessions_api.admin.search.results import LISTED
from tests.admin_paths import SEARCH
from tests.big_table import BUSY_ADDRESS, FIRST_USER, PACE, plans_of

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("many_events", "big_table", "audit_log_explained"),
]

#: The rows that one search may read: of each index a page and one more, and the rows of users.
MOST = 12 * (LISTED + 1)


@pytest.mark.parametrize(
    "term",
    [
        "u",
        "user",
        "USER29",
        "user7",
        "user7@example.com",
        "z",
        "nobody",
        str(FIRST_USER + 7),
        "1",
        "7",
        BUSY_ADDRESS,
        "10.40.80.4",
        "10.1.0.0/16",
        "0.0.0.0/0",
        "2001:db8::/32",
        "::/0",
        "req-1",
    ],
)
def test_no_table_is_scanned(roots_desk: Browser, term: str) -> None:
    check(roots_desk, term)


def test_a_session_id(roots_desk: Browser, big_table: int) -> None:
    check(roots_desk, str(big_table - 1000 * PACE))


def check(browser: Browser, term: str) -> None:
    with CaptureQueriesContext(connection) as captured:
        response = browser.get(SEARCH, {"q": term})
    assert response.status_code in {200, 302}
    plans = plans_of(captured)
    assert [plan for plan in plans if plan.scanned] == []
    assert sum(plan.rows for plan in plans) <= MOST
