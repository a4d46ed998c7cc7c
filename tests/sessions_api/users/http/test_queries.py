"""How many SQL queries each endpoint of accounts takes: a promise, in one table."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.api import Login
from tests.cast import PASSWORD
from tests.statements import statements

pytestmark = pytest.mark.django_db

REVERIFIED = {"password": PASSWORD}
BAN = REVERIFIED | {"reason": "x"}

# One's own account, with the last use of a backup code, is read along with the session. Staff take
# two queries for their permissions. Reverification asks for factors, and for the caller again (3).
TABLE = [
    # who, method, path, body, queries, what they are
    ("ann", "GET", "/users/me", None, 1),
    ("sam", "GET", "/users/me", None, 1),
    ("ann", "GET", "/users", None, 1),  # refused
    ("ann", "GET", "/users/{ann}", None, 1),
    ("sam", "GET", "/users", None, 5),  # the caller, permissions, count, page
    ("sam", "GET", "/users?limit=0", None, 4),  # no page
    ("sam", "GET", "/users/{ann}", None, 5),  # the caller, permissions, account, backup codes
    ("sam", "GET", "/users/{carol}", None, 6),  # + ban
    ("root", "GET", "/users/{ann}", None, 3),
    # The caller, permissions, reverification (4), account, its lock, the caller again (3), factors
    # again, change, ban, audit, notice (2), then the answer (2).
    ("sam", "PUT", "/users/{ann}/ban", BAN, 20),
    ("sam", "DELETE", "/users/{carol}/ban", REVERIFIED, 17),
    ("sam", "PUT", "/users/{carol}/ban", BAN, 20),  # banned already, which nothing explains (2)
    ("root", "PUT", "/users/{ann}/ban", BAN, 14),
]


@pytest.mark.parametrize(("who", "method", "path", "body", "queries"), TABLE)
def test_each_endpoint_takes_as_many_queries(
    me: Login,
    boss: Login,
    carol: Any,
    root: Any,
    log_in: Any,
    who: str,
    method: str,
    path: str,
    body: Any,
    queries: int,
) -> None:
    api = {"ann": me, "sam": boss, "root": log_in(root)}[who].api
    api("GET", "/users/me")
    with CaptureQueriesContext(connection) as captured:
        api(method, path.format(ann=me.user.pk, carol=carol.pk), body)
    assert len(statements(captured)) == queries, statements(captured)
