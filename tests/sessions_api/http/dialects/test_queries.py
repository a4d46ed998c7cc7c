"""The number of SQL queries of each endpoint of the older dialects, in one table."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.cast import PASSWORD
from tests.sessions_api.http.dialects.spellings import V3, V4, V5, WOLFPAL, Dialect
from tests.statements import statements

pytestmark = pytest.mark.django_db

OWN = "/users/me/sessions"
ANNS = "/users/{ann}/sessions"

# Without recording the last use. The numbers are the same as in v5.
TABLE = [
    # dialect, caller, method, path, body, number of queries, and which they are
    (V3, "ann", "GET", "/user/session", None, 1),  # the caller
    (V3, "ann", "GET", "/user/session/{me}", None, 1),
    (V3, "ann", "GET", "/user/session/{other}", None, 2),  # + the session
    (V3, "ann", "GET", "/user/sessions", None, 3),  # + count, page
    (V3, "ann", "DELETE", "/user/session/{other}", None, 3),  # + delete, audit
    (
        V3,
        "ann",
        "DELETE",
        "/user/sessions",
        {"sessions": [1, "2"]},
        2,
    ),  # unknown ones: nothing to audit
    (V3, "ann", "DELETE", "/user/sessions/all", None, 5),
    (
        V3,
        "sam",
        "GET",
        "/user/{ann}/session/{other}",
        None,
        5,
    ),  # + permissions, owner, it
    (V3, "sam", "GET", "/user/{ann}/sessions", None, 6),
    (
        V3,
        "sam",
        "DELETE",
        "/user/{ann}/session/{other}",
        None,
        12,
    ),  # + delete, audit; sam again (3), ann again
    (V3, "sam", "DELETE", "/user/{ann}/sessions", {"sessions": [1]}, 5),
    (V3, "sam", "DELETE", "/user/{ann}/sessions/all", None, 13),
    (V3, None, "POST", "/user/session", {"user": "ann", "pass": PASSWORD}, 9),
    (V3, None, "POST", "/user/session", {"user": "ann@example.com", "pass": PASSWORD}, 10),
    (V3, None, "POST", "/user/session", {"user": "nobody", "pass": "guess"}, 4),  # + by email
    (V3, None, "GET", "/user/session", None, 0),  # anonymous callers take no query
    (V4, "ann", "GET", f"{OWN}/me", None, 1),
    (V4, "ann", "GET", f"{ANNS}/{{me}}", None, 1),
    (V4, "ann", "GET", f"{OWN}/{{other}}", None, 2),
    (V4, "ann", "GET", OWN, None, 3),
    (V4, "ann", "GET", ANNS, None, 3),
    (V4, "ann", "DELETE", f"{OWN}/me", None, 3),
    (V4, "ann", "DELETE", OWN, {"ids": ["me", "1"]}, 3),
    (V4, "ann", "DELETE", f"{OWN}/all", None, 5),
    (V4, "sam", "GET", f"{ANNS}/{{other}}", None, 5),
    (V4, "sam", "GET", ANNS, None, 6),
    (
        V4,
        "sam",
        "DELETE",
        f"{ANNS}/{{other}}",
        None,
        12,
    ),  # + delete, audit; sam again (3), ann again
    (V4, "sam", "DELETE", f"{ANNS}/all", None, 13),
    (V4, "ann", "GET", "/users/1/sessions", None, 1),  # only for staff
    (V4, None, "POST", "/login", {"username": "ann", "password": PASSWORD}, 9),
    (V4, None, "GET", ANNS, None, 0),
    (WOLFPAL, "ann", "GET", "/sessions", None, 2),
    (WOLFPAL, "ann", "DELETE", "/sessions/{other}", None, 3),
    (WOLFPAL, "ann", "DELETE", "/sessions", None, 5),
    (WOLFPAL, "ann", "DELETE", "/sessions", {"sessions": ["{other}"]}, 2),
    (WOLFPAL, None, "GET", "/sessions", None, 0),
]


@pytest.mark.parametrize(("dialect", "who", "method", "path", "body", "queries"), TABLE, ids=str)
def test_each_endpoint_takes_as_many_queries(
    ann: Any,
    staff: Any,
    log_in: Any,
    dialect: Dialect,
    who: str | None,
    method: str,
    path: str,
    body: Any,
    queries: int,
) -> None:
    login = log_in({"ann": ann, "sam": staff}[who]) if who else None
    if login:
        V5.api(login)("GET", f"{OWN}/me")
    other = log_in(ann)
    path = path.format(ann=ann.pk, me=login and login.session.sid, other=other.session.sid)
    with CaptureQueriesContext(connection) as captured:
        dialect.api(login)(method, path, body)
    assert len(statements(captured)) == queries, statements(captured)


def test_a_long_list_takes_no_more_queries(ann: Any, log_in: Any) -> None:
    api = WOLFPAL.api(log_in(ann))
    for _ in range(20):
        log_in(ann)
    api("GET", "/sessions")
    with CaptureQueriesContext(connection) as captured:
        assert len(api("GET", "/sessions").json()["sessions"]) == 21
    assert len(statements(captured)) == 2
