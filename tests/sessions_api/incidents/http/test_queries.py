"""How many SQL queries each endpoint of incidents takes: a promise, in one table."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sessions_api.incidents.models import OwnersMail
from sessions_api.incidents.services import incidents, sign_outs
from tests.api import Login
from tests.sessions_api.incidents.http.requests import AGAIN, END, STOLEN
from tests.sessions_api.incidents.services import by, open_one, steal
from tests.statements import statements

pytestmark = pytest.mark.django_db

PATH = "/incidents/{incident}"
WAITING = f"{PATH}/sign-outs/{{waiting}}"

# The caller and their permissions take three, those of superusers one. What has an effect locks the
# incident, then asks for the caller again (3). An incident is shown by four.
TABLE = [
    ("ann", "GET", "/incidents", None, 1),  # refused
    ("sam", "GET", "/incidents", None, 5),  # the caller, permissions (2), count, page
    ("root", "GET", "/incidents", None, 3),
    (
        "sam",
        "POST",
        "/incidents",
        STOLEN,
        15,
    ),  # + the caller again (3), row, busy until, join (3), audit; shown (3)
    ("sam", "GET", PATH, None, 7),  # + incident, participants, sign-outs, mails
    (
        "sam",
        "PATCH",
        PATH,
        {"name": "x"},
        14,
    ),  # + lock, the caller again (3), change, audit, whether they take part
    ("tess", "PATCH", PATH, {"name": "x"}, 17),  # + they join (lock, leave others, take part)
    ("sam", "PUT", f"{PATH}/closed", None, 14),
    ("sam", "DELETE", "/incidents/{closed}/closed", None, 17),  # + they join
    ("sam", "DELETE", f"{PATH}/closed", None, 11),  # nothing to do
    ("sam", "PUT", f"{PATH}/participation", None, 8),  # nothing to do
    ("tess", "PUT", f"{PATH}/participation", None, 16),
    ("sam", "DELETE", f"{PATH}/participation", None, 8),
    (
        "sam",
        "POST",
        f"{PATH}/notes",
        {"text": "x"},
        10,
    ),  # + lock, the caller again (3), whether they take part, note
    (
        "sam",
        "GET",
        f"{PATH}/timeline",
        None,
        8,
    ),  # + incident, notes, sign-outs, participations, events
    ("sam", "GET", f"{PATH}/preview", None, 10),  # + incident, numbers, skipped, own, three columns
    ("root", "GET", f"{PATH}/preview", None, 7),  # nobody is skipped
    (
        "sam",
        "POST",
        f"{PATH}/sign-outs",
        END,
        22,
    ),  # + reverification (4), preview, lock, the caller again (3), unfinished ones
    ("sam", "GET", WAITING, None, 5),
    (
        "sam",
        "DELETE",
        f"{PATH}/sign-outs/{{running}}",
        None,
        20,
    ),  # + lock, the caller again (3), whether they take part; cancelled, audit, follower
    (
        "tess",
        "PUT",
        f"{WAITING}/approval",
        AGAIN,
        30,
    ),  # + the one who requested it (4), they join (4), the bulk sign-out (6)
    ("tess", "DELETE", f"{WAITING}/approval", None, 17),  # + they join (4)
    ("sam", "PUT", f"{PATH}/sign-outs/{{running}}/run", AGAIN, 18),
    ("sam", "POST", f"{PATH}/mails", AGAIN, 17),
    ("sam", "GET", f"{PATH}/mails/{{mail}}", None, 5),
    ("sam", "DELETE", f"{PATH}/mails/{{mail}}", None, 13),
]


@pytest.mark.parametrize(("who", "method", "path", "body", "queries"), TABLE)
def test_each_endpoint_takes_as_many_queries(
    boss: Login,
    second: Login,
    me: Login,
    root: Any,
    log_in: Any,
    bob: Any,
    above_one: None,
    who: str,
    method: str,
    path: str,
    body: Any,
    queries: int,
) -> None:
    staff = by(boss.user)
    incident, closed = open_one(staff), open_one(staff)
    incidents.close_incident(closed, actor=staff)
    incidents.join(incident, actor=staff)
    steal(bob)
    running = sign_outs.request_sign_out(incident, actor=staff, reason="x")
    steal(me.user)
    waiting = sign_outs.request_sign_out(incident, actor=staff, reason="x")
    incident.owners.create(user=me.user)
    mail = OwnersMail.objects.create(incident=incident, text="x", requested_by_name="sam")
    names = {"incident": incident, "closed": closed, "running": running, "waiting": waiting}
    keys = {name: one.pk for name, one in names.items()} | {"mail": mail.pk}
    api = {"ann": me, "sam": boss, "tess": second, "root": log_in(root)}[who].api
    api("GET", "/users/me")
    with CaptureQueriesContext(connection) as captured:
        response = api(method, path.format(**keys), body)
    assert response.status_code < 400 or who == "ann", response.json()
    # On PostgreSQL, what is counted is estimated first.
    found = [one for one in statements(captured) if not one.startswith("EXPLAIN")]
    assert len(found) == queries, "\n".join(found)
