"""Who may call the endpoints of incidents: permissions, scopes, kill switches.

Anonymous and banned callers, and each single permission that is missing, are in the tests of every
endpoint of the API.
"""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from killswitches.registry import registry
from killswitches.testing import switched_on
from sessions_api.accounts.privileges import END_SESSIONS
from sessions_api.http.policy import Policy
from sessions_api.incidents.http.v5 import urlpatterns
from sessions_api.incidents.models import Incident, SignOut
from sessions_api.incidents.privileges import CHANGE_INCIDENTS, VIEW_INCIDENTS
from sessions_api.scopes import ALL_SCOPES, Scope
from tests.api import Login
from tests.cast import DOING, LOOKING, allow
from tests.policy_table import endpoints
from tests.sessions_api.incidents.http.requests import END, REFUSED, STOLEN, answer
from tests.sessions_api.incidents.services import steal
from tests.statements import statements

pytestmark = pytest.mark.django_db

LogIn = Callable[..., Login]

ENDPOINTS = [
    (method, path, viewset.policies[action])
    for method, path, viewset, action in endpoints(urlpatterns)
]


def call(login: Login, incident: Incident, method: str, path: str) -> Any:
    path = re.sub(":(sign_out|mail)", "1", path.replace(":incident", str(incident.pk)))
    return login.api(method, path, STOLEN | END | {"text": "x"})


@pytest.mark.parametrize(("method", "path", "policy"), ENDPOINTS)
class TestEachEndpoint:
    def test_its_scope_opens_it_without_a_password(
        self, staff: Any, incident: Incident, log_in: LogIn, method: str, path: str, policy: Policy
    ) -> None:
        assert policy.scope is not None
        login = log_in(staff, permission_flags=int(policy.scope))
        assert call(login, incident, method, path).status_code in (200, 201, 202, 404, 409)

    def test_no_other_scope_does(
        self, staff: Any, incident: Incident, log_in: LogIn, method: str, path: str, policy: Policy
    ) -> None:
        assert policy.scope is not None
        flags = ALL_SCOPES & ~(policy.scope | Scope.ALL)
        login = log_in(staff, permission_flags=int(flags))
        assert answer(call(login, incident, method, path)) == (403, REFUSED)

    def test_users_learn_nothing(
        self, me: Login, incident: Incident, method: str, path: str, policy: Policy
    ) -> None:
        """Not by what is answered, nor by what is read."""
        me.api("GET", "/users/me")
        with CaptureQueriesContext(connection) as captured:
            response = call(me, incident, method, path)
        assert answer(response) == (403, REFUSED)
        assert len(statements(captured)) == 1

    def test_staff_pass_every_switch_and_nobody_else_does(
        self, boss: Login, me: Login, incident: Incident, method: str, path: str, policy: Policy
    ) -> None:
        with switched_on(*registry):
            assert call(boss, incident, method, path).status_code < 500
            assert call(me, incident, method, path).status_code == 503

    def test_a_second_factor_may_be_demanded(
        self,
        boss: Login,
        incident: Incident,
        settings: Any,
        method: str,
        path: str,
        policy: Policy,
    ) -> None:
        settings.SESSIONS_API = settings.SESSIONS_API | {"STAFF_REQUIRES_SECOND_FACTOR": True}
        response = call(boss, incident, method, path)
        assert response.json()["code"] == "ENDPOINT_REQUIRES_SECOND_FACTOR_ERROR"

    def test_nobody_is_shown_an_incident_that_they_may_not_view(
        self,
        newcomer: Any,
        incident: Incident,
        log_in: LogIn,
        method: str,
        path: str,
        policy: Policy,
    ) -> None:
        every = {*DOING, *LOOKING} - {VIEW_INCIDENTS}
        response = call(log_in(allow(newcomer, *every)), incident, method, path)
        assert answer(response) == (403, REFUSED)


@pytest.mark.usefixtures("no_password_work")
@pytest.mark.parametrize("half", [CHANGE_INCIDENTS, END_SESSIONS])
def test_half_of_the_permissions_is_refused_before_the_password(
    newcomer: Any, incident: Incident, log_in: LogIn, ann: Any, half: str
) -> None:
    steal(ann)
    login = log_in(allow(newcomer, VIEW_INCIDENTS, half))
    response = login.api("POST", f"/incidents/{incident.pk}/sign-outs", END)
    assert answer(response) == (403, REFUSED)
    assert not SignOut.objects.exists()
    assert answer(login.api("GET", f"/incidents/{incident.pk}/preview")) == (403, REFUSED)
