"""PostgreSQL's plans on long tables for each endpoint of incidents."""

from typing import Any

import pytest

from sessions_api.http.dialects.v5 import urls
from sessions_api.incidents.models import OwnersMail
from sessions_api.incidents.services import incidents, sign_outs
from tests.api import Login
from tests.big_table import explained
from tests.policy_table import endpoints
from tests.sessions_api.incidents.http.requests import AGAIN, END, STOLEN
from tests.sessions_api.incidents.services import by, open_one, steal

pytestmark = [
    # The audit log first, because it is vacuumed, which is not possible in a transaction.
    pytest.mark.usefixtures("many_events", "big_table", "audit_log_explained", "above_one"),
    pytest.mark.django_db,
]

#: The number of rows that a statement may read: there are few stolen sessions.
FEW = 50
PATH = "/incidents/:incident"
SIGN_OUT = f"{PATH}/sign-outs/:sign_out"
MAIL = f"{PATH}/mails/:mail"

CALLS = [
    ("GET", "/incidents", None),
    ("POST", "/incidents", STOLEN),
    ("GET", PATH, None),
    ("PATCH", PATH, {"name": "x"}),
    ("DELETE", f"{PATH}/closed", None),
    ("DELETE", f"{PATH}/participation", None),
    ("PUT", f"{PATH}/participation", None),
    ("POST", f"{PATH}/notes", {"text": "x"}),
    ("GET", f"{PATH}/timeline", None),
    ("GET", f"{PATH}/preview", None),
    ("POST", f"{PATH}/sign-outs", END),
    ("GET", SIGN_OUT, None),
    ("PUT", f"{SIGN_OUT}/approval", AGAIN),
    ("PUT", f"{SIGN_OUT}/run", AGAIN),
    ("DELETE", SIGN_OUT, None),
    ("POST", f"{PATH}/mails", AGAIN),
    ("GET", MAIL, None),
    ("DELETE", MAIL, None),
    ("PUT", f"{PATH}/closed", None),
]
DECLINED = ("DELETE", f"{SIGN_OUT}/approval", None)


@pytest.fixture
def keys(staff: Any, ann: Any, bob: Any, settings: Any) -> dict[str, str]:
    """The values of the variables in paths: an incident that somebody else has opened."""
    settings.SESSIONS_API = settings.SESSIONS_API | {"SITE_URL": "https://example.com"}
    steal(ann)
    steal(bob)
    chief = by(staff)
    incident = open_one(chief)
    incidents.add_note(incident, "x", actor=chief)
    sign_out = sign_outs.request_sign_out(incident, actor=chief, reason="x")
    incident.owners.create(user=ann)
    mail = OwnersMail.objects.create(incident=incident, text="x", requested_by_name="sam")
    names = {"incident": incident, "sign_out": sign_out, "mail": mail}
    return {f":{name}": str(one.pk) for name, one in names.items()}


@pytest.mark.parametrize("calls", [CALLS, [DECLINED]], ids=["all", "declined"])
def test_each_endpoint_finds_its_rows_by_index(
    calls: list[tuple[str, str, Any]], keys: dict[str, str], second: Login
) -> None:
    for method, path, body in calls:
        whole = "/".join(keys.get(part, part) for part in path.split("/"))
        with explained() as plans:
            response = second.api(method, whole, body)
        assert response.status_code < 300, (method, path, response.json())
        for plan in plans:
            assert plan.scanned == [], plan
            assert plan.rows <= FEW, plan


def test_every_endpoint_is_covered() -> None:
    assert {(method, path) for method, path, _ in [*CALLS, DECLINED]} == {
        (method, path)
        for method, path, _, _ in endpoints(urls.urlpatterns)
        if path.startswith("/incidents")
    }
