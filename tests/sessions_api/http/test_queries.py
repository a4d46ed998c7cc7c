"""The number of SQL queries of each endpoint, in one table."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sessions_api.models import AuditEvent, UserSession
from sessions_api.services.audit import Actor
from sessions_api.services.sessions import end_sessions
from tests.api import Api
from tests.cast import PASSWORD
from tests.statements import statements

pytestmark = pytest.mark.django_db

OWN = "/users/me/sessions"
ANNS = "/users/{ann}/sessions"
REVERIFIED = {"password": PASSWORD}
SCOPED = {"name": "Backup script", "permissionFlags": 4, **REVERIFIED}

# Without recording the last use. One query reads the caller's session, account and switches.
# Ending adds the deletion and its audit event, in one transaction. Permissions of staff take two
# queries, for their own and those of their groups; those of superusers take none. A login takes one
# that reads from where its user has logged in before. Telling an owner takes two: a count of
# notices of the kind, and the insertion of one.
TABLE = [
    # caller, method, path, body, number of queries; which they are
    ("ann", "GET", f"{OWN}/me", None, 1),  # the caller
    ("ann", "GET", f"{OWN}/{{other}}", None, 2),  # + the session
    ("ann", "GET", OWN, None, 3),  # + count, page
    ("ann", "DELETE", f"{OWN}/me", None, 3),  # + delete, audit
    ("ann", "DELETE", f"{OWN}/{{other}}", None, 3),
    ("ann", "DELETE", OWN, {"ids": ["me", "1"]}, 3),
    ("ann", "DELETE", f"{OWN}/all?include-self=true", None, 5),  # + forget where logins came from
    # + factors, lock, the caller's session, factors, id, row, audit, notice (2)
    ("ann", "POST", OWN, SCOPED, 10),
    ("sam", "GET", f"{ANNS}/{{other}}", None, 5),  # the caller, permissions, owner, the session
    ("root", "GET", f"{ANNS}/{{other}}", None, 3),
    ("sam", "GET", ANNS, None, 6),
    ("sam", "DELETE", f"{ANNS}/{{other}}", None, 12),  # + delete, audit; sam again (3), ann again
    ("sam", "DELETE", f"{ANNS}/all", None, 13),  # ann again comes with her lock
    ("sam", "DELETE", ANNS, {"ids": ["1"]}, 5),  # an unknown id: nothing to audit
    ("root", "DELETE", f"{ANNS}/all", None, 9),  # root again
    ("nora", "GET", ANNS, None, 3),  # refused once the permissions are known
    ("sam", "GET", "/killswitches", None, 4),
    ("root", "GET", "/killswitches", None, 2),
    # + factors, the caller again (3), row, lock, 3 of the flip, list
    ("sam", "PUT", "/killswitches/2", REVERIFIED, 16),  # sam twice again (3)
    ("sam", "DELETE", "/killswitches/2", REVERIFIED, 10),  # off already
    (None, "POST", "/login", {"username": "ann", "password": PASSWORD}, 9),
    (None, "POST", "/login", {"username": "ann", "password": "guess"}, 3),
    (None, "POST", "/login", {"username": "nobody", "password": "guess"}, 3),
    (None, "GET", f"{OWN}/me", None, 0),  # strangers cost nothing
]


@pytest.mark.parametrize(("who", "method", "path", "body", "queries"), TABLE)
def test_each_endpoint_takes_as_many_queries(
    ann: Any,
    staff: Any,
    newcomer: Any,
    root: Any,
    log_in: Any,
    who: str | None,
    method: str,
    path: str,
    body: Any,
    queries: int,
) -> None:
    api = Api()
    if who:
        api = log_in({"ann": ann, "sam": staff, "nora": newcomer, "root": root}[who]).api
        api("GET", f"{OWN}/me")
    other = log_in(ann)
    with CaptureQueriesContext(connection) as captured:
        api(method, path.format(ann=ann.pk, other=other.session.sid), body)
    assert len(statements(captured)) == queries, statements(captured)


@pytest.mark.parametrize("count", [1, 500])
def test_ending_all_takes_the_same_whatever_their_number(ann: Any, log_in: Any, count: int) -> None:
    me = log_in(ann)
    UserSession.objects.bulk_create(
        UserSession(user=ann, sid=sid, expires_at=datetime.now(UTC) + timedelta(hours=1))
        for sid in range(1, count + 1)
    )
    me.api("GET", f"{OWN}/me")
    with CaptureQueriesContext(connection) as captured:
        assert me.api("DELETE", f"{OWN}/all").json()["count"] == count
    assert len(statements(captured)) == 5
    event = AuditEvent.objects.get(kind="sessions_ended")
    assert event.detail["sessions"] == list(range(count, 0, -1))


def test_ending_those_of_many_owners_takes_the_same(make_user: Any, log_in: Any) -> None:
    users = [make_user(f"user{n}") for n in range(20)]
    for user in users:
        log_in(user)
    with CaptureQueriesContext(connection) as captured:
        ended = end_sessions(UserSession.objects.all(), actor=Actor(name="the test"))
    assert len(ended) == 20
    assert len(statements(captured)) == 3
    events = AuditEvent.objects.filter(kind="sessions_ended")
    assert {event.subject_name for event in events} == {user.username for user in users}


def test_pages_come_in_order_out_of_the_index(ann: Any) -> None:
    page = UserSession.objects.owned_by(ann).active().order_by("-sid")[:50]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            # The planner reads a table as small as this one from end to end, if it may.
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_bitmapscan = off")
    plan = page.explain()
    assert "sessions_api_unique_user_sid" in plan or "USING INDEX sqlite_autoindex" in plan
    assert "Sort" not in plan
    assert "TEMP B-TREE" not in plan
