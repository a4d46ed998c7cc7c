"""The page of a user with ten thousand sessions and events reads only some of the newest."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sessions_api.admin.users import activity
from sessions_api.services.new_locations import EVENTS_SEARCHED
from tests.browser import browser_of, page_of

pytestmark = pytest.mark.django_db

#: The number of the user's rows. They are older than those of others, which are ten times as many.
MANY = 10_000
FILL = """
INSERT INTO sessions_api_usersession (user_id, sid, jti, name, dialect, location, user_agent,
    browser, browser_version, platform, os, os_version, is_dev, created_at, expires_at,
    permission_flags)
SELECT CASE WHEN n <= %(many)s THEN %(heavy)s ELSE %(other)s END, 1700000000 + n, gen_random_uuid(),
    'Session ' || n, 'v5', '', '', '', '', '', '', '', false, now(), now() + interval '1 day',
    %(flags)s
FROM generate_series(1, 11 * %(many)s) AS n;
INSERT INTO sessions_api_pastsession (session_pk, user_id, sid, has_token, name, dialect, location,
    user_agent, browser, browser_version, platform, os, os_version, is_dev, created_at, expires_at,
    ended_at, cause, reason, actor_name)
SELECT n, CASE WHEN n <= %(many)s THEN %(heavy)s ELSE %(other)s END, 1600000000 + n, true, 'Past',
    'v5', '', '', '', '', '', '', '', false, now(), now(), now(), 'owner', '', ''
FROM generate_series(1, 11 * %(many)s) AS n;
INSERT INTO sessions_api_auditevent (at, kind, actor_name, subject_id, subject_name, user_agent,
    detail)
SELECT now() + n * interval '1 second', 'banned', 'sam',
    CASE WHEN n <= %(many)s THEN %(heavy)s ELSE %(other)s END, '', '', '{}'
FROM generate_series(1, 11 * %(many)s) AS n;
ANALYZE sessions_api_usersession, sessions_api_pastsession, sessions_api_auditevent
"""


@pytest.mark.parametrize("flags", [None, 1], ids=["logins", "tokens"])
def test_the_rows_are_read_in_index_order(
    staff: Any, ann: Any, bob: Any, flags: int | None
) -> None:
    """Even if all sessions are of one kind, so that none of the other is found."""
    browser = browser_of(staff, "view_user", "view_usersession", "view_auditevent")
    with connection.cursor() as cursor:
        given = {"many": MANY, "heavy": ann.pk, "other": bob.pk, "flags": flags}
        cursor.execute(FILL, given)
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(page_of(ann)).status_code == 200
    read = [
        query["sql"]
        for query in captured
        if re.search(r'FROM "sessions_api_(usersession|pastsession|auditevent)"', query["sql"])
    ]
    # The sessions to count, the newest login, the newest sessions, ended sessions and events.
    limits = [activity.COUNTED + 1, 2 * EVENTS_SEARCHED, *[activity.NEWEST] * 3]
    assert len(read) == len(limits)
    for statement, limit in zip(read, limits, strict=True):
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}")
            [plan] = cursor.fetchone()[0]
        assert most_rows(plan["Plan"]) <= limit, plan


def most_rows(node: dict[str, Any]) -> int:
    """Return the largest number of rows that a step of a plan reads."""
    seen = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
    return max([seen, *(most_rows(child) for child in node.get("Plans", []))])
