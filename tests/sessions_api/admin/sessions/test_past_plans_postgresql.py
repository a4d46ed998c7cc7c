"""The list of ended sessions, and what leads to their pages, read by indexes."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from sessions_api.models import PastSession
from sessions_api.services.pruning import old_past_sessions
from tests.admin_paths import EVENTS, SEARCH, SESSIONS

pytestmark = pytest.mark.django_db

TABLE = PastSession._meta.db_table
ROWS = 100_000
#: Every tenth of them is of one user, which are more than a page.
FILL = f"""
    INSERT INTO {TABLE} (session_pk, user_id, sid, has_token, name, dialect, location, user_agent,
        browser, browser_version, platform, os, os_version, is_dev, created_at, expires_at,
        ended_at, cause, reason, actor_name)
    SELECT n, CASE WHEN n %% 10 = 0 THEN %s ELSE n END, 1600000000 + n, true, 'Session ' || n, 'v5',
        '', '', 'Chrome', '', '', 'Linux', '', false, now(), now(), now(), 'owner', '', ''
    FROM generate_series(1, {ROWS}) AS n;
    ANALYZE {TABLE};
"""  # noqa: S608 - made of constants


@pytest.fixture
def many(ann: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(FILL, [ann.pk])


def scanning(captured: CaptureQueriesContext) -> list[str]:
    """Return the statements that read all ended sessions."""
    found = []
    for query in captured.captured_queries:
        if TABLE in query["sql"] and query["sql"].startswith("SELECT"):
            with connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN {query['sql']}")
                plan = "\n".join(line for (line,) in cursor.fetchall())
            if f"Seq Scan on {TABLE}" in plan:
                found.append(query["sql"])
    return found


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"user": "ann"},
        {"q": "ann"},
        {"q": "1600000007"},
        {"browser": "Netscape"},
        {"q": "192.0.2.1"},
        {"created_at__gte": "2020-09-14"},
    ],
)
def test_no_page_of_the_list_reads_all(
    many: None, ann: Any, roots_desk: Browser, query: dict[str, str]
) -> None:
    if "user" in query:
        query = {"user": str(ann.pk)}
    with CaptureQueriesContext(connection) as captured:
        listed = roots_desk.get(SESSIONS, {"state": "ended"} | query)
    assert listed.status_code == 200
    assert scanning(captured) == []


@pytest.mark.parametrize("path", [f"{SESSIONS}77/change/", f"{SEARCH}?q=1600000007", EVENTS])
def test_no_other_page_reads_all(many: None, roots_desk: Browser, path: str) -> None:
    with CaptureQueriesContext(connection) as captured:
        roots_desk.get(path)
    assert scanning(captured) == []


def test_pruning_reads_no_more_than_it_deletes(many: None) -> None:
    PastSession.objects.filter(pk__lte=PastSession.objects.earliest("pk").pk + 2000).update(
        ended_at=timezone.now() - timedelta(days=91)
    )
    with CaptureQueriesContext(connection) as captured:
        assert sum(old_past_sessions().prune(500)) == 2001
    assert scanning(captured) == []
