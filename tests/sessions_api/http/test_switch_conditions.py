"""Switches that are on for some callers only, in requests to the API, pages and plain views."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from killswitches.conditions.conditions import Conditions, read_conditions
from killswitches.registry import ACCOUNT_LOGIN, ACCOUNT_MODIFY, FILE_CREATE, GLOBAL, Switch
from killswitches.testing import switched_on
from sessions_api.callers.programs import remembered_program
from sessions_api.http.authentication import SessionTokenAuthentication
from sessions_api.http.permissions import SwitchesAreOff
from tests.api import CHROME, HOME, OWN_SESSIONS, Api, Login
from tests.cast import PASSWORD
from tests.statements import statements

ME = f"{OWN_SESSIONS}/me"
WRAPPER = "Cumulonimbus-Wrapper/5.1.0"

pytestmark = pytest.mark.django_db


def is_closed(response: Any, switch: Switch = GLOBAL) -> bool:
    """Return whether a switch has closed an endpoint; no other error is expected."""
    assert response.status_code in (200, 201, 503), response.content
    assert response.status_code != 503 or response.json()["feature"] == switch.number
    return response.status_code == 503


@pytest.mark.parametrize(
    ("texts", "closed"),
    [
        ({"dialect": "v5"}, True),
        ({"dialect": "v4"}, False),
        ({"client": "Chrome"}, True),
        ({"client": "chrome", "version": "87"}, True),
        ({"client": "Chrome", "version": ">87"}, False),
        ({"client": "Firefox"}, False),
        ({"network": f"{HOME}/32"}, True),
        ({"network": "203.0.113.0/24"}, False),
        ({"network": f"{HOME}/32", "dialect": "v5", "client": "Chrome"}, True),
        ({"network": f"{HOME}/32", "dialect": "v4", "client": "Chrome"}, False),
    ],
    ids=str,
)
def test_it_closes_endpoints_to_callers_with_all_conditions(
    me: Login, boss: Login, texts: dict[str, str], closed: bool
) -> None:
    with switched_on(GLOBAL, conditions=read_conditions(**texts)):
        assert is_closed(me.api("GET", ME)) is closed
        assert not is_closed(boss.api("GET", ME))
    assert not is_closed(me.api("GET", ME))


@pytest.mark.parametrize(
    ("texts", "closed"),
    [
        ({"dialect": "v5"}, True),
        ({"dialect": "v4"}, False),
        ({"client": "Cumulonimbus-Wrapper", "version": "<5.2"}, True),
        ({"client": "Chrome"}, False),
        ({"network": "198.51.100.0/24"}, True),
        ({"network": "198.51.101.0/24"}, False),
    ],
    ids=str,
)
def test_it_closes_the_login_to_anonymous_callers(
    ann: Any, texts: dict[str, str], closed: bool
) -> None:
    api = Api(user_agent=WRAPPER)
    with switched_on(ACCOUNT_LOGIN, conditions=read_conditions(**texts)):
        response = api("POST", "/login", {"username": "ann", "password": PASSWORD})
    assert is_closed(response, ACCOUNT_LOGIN) is closed


@pytest.mark.parametrize(
    ("dialect", "path"),
    [("v3", "/user/sessions"), ("v4", ME), ("v5", ME), ("wolfpal", "/sessions")],
)
def test_each_dialect_is_known_by_its_name(me: Login, dialect: str, path: str) -> None:
    api = Api(prefix=f"/api/{dialect}", token=me.token)
    for closed in ("v3", "v4", "v5", "wolfpal"):
        with switched_on(GLOBAL, conditions=Conditions(dialect=closed)):
            assert (api("GET", path).status_code == 503) is (closed == dialect)


def test_what_a_request_does_not_tell_fulfils_no_condition(me: Login) -> None:
    silent = Api(token=me.token, user_agent=None, address="")
    for texts in ({"client": "Chrome"}, {"network": "0.0.0.0/0"}, {"network": "::/0"}):
        with switched_on(GLOBAL, conditions=read_conditions(**texts)):
            assert not is_closed(silent("GET", ME))


def test_the_client_is_that_of_the_request_not_that_of_the_login(me: Login) -> None:
    moved = Api(token=me.token, user_agent=WRAPPER)
    with switched_on(GLOBAL, conditions=Conditions(client="Cumulonimbus-Wrapper")):
        assert is_closed(moved("GET", ME))
        assert not is_closed(me.api("GET", ME))


def test_the_user_agent_of_the_login_is_not_parsed_again(me: Login) -> None:
    remembered_program.cache_clear()
    with switched_on(GLOBAL, conditions=Conditions(client="Chrome")):
        assert is_closed(me.api("GET", ME))
        assert remembered_program.cache_info().misses == 0
        for _ in range(3):
            Api(token=me.token, user_agent=WRAPPER)("GET", ME)
        assert remembered_program.cache_info().misses == 1


def test_a_share_has_the_same_users_wherever_they_are(make_user: Any, log_in: Any) -> None:
    logins = [log_in(make_user(f"user{number}")) for number in range(20)]
    with switched_on(GLOBAL, conditions=Conditions(share=50)):
        closed = [is_closed(login.api("GET", ME)) for login in logins]
        elsewhere = [
            is_closed(Api(token=login.token, address="2001:db8::1", user_agent=None)("GET", ME))
            for login in logins
        ]
    assert closed == elsewhere
    assert {True, False} == set(closed)
    with switched_on(GLOBAL, conditions=Conditions(share=80)):
        more = [is_closed(login.api("GET", ME)) for login in logins]
    assert all(later for before, later in zip(closed, more, strict=True) if before)


def test_conditions_take_no_query(me: Login) -> None:
    both = Conditions(client="Chrome", network=read_conditions(network=HOME).network, share=99)
    me.api("GET", ME)
    with switched_on(GLOBAL, ACCOUNT_MODIFY, conditions=both):
        with CaptureQueriesContext(connection) as captured:
            me.api("GET", ME)
        assert len(statements(captured)) == 1
        with CaptureQueriesContext(connection) as captured:
            Api()("POST", "/login", {"username": "ann", "password": PASSWORD})
        assert len(statements(captured)) <= 1 + 2


class PlainView(APIView):
    authentication_classes = [SessionTokenAuthentication]
    permission_classes = [SwitchesAreOff(FILE_CREATE)]

    def get(self, request: Any) -> Response:
        return Response()


@pytest.mark.parametrize("switch", [GLOBAL, FILE_CREATE])
@pytest.mark.parametrize("address", ["203.0.113.9", HOME])
def test_plain_views_are_closed_too(me: Login, switch: Switch, address: str) -> None:
    here = read_conditions(network="203.0.113.0/24", client="Chrome")
    for headers in ({"HTTP_AUTHORIZATION": me.token}, {}):
        request = APIRequestFactory().get(
            "/", REMOTE_ADDR=address, HTTP_USER_AGENT=CHROME, **headers
        )
        with switched_on(switch, conditions=here):
            response = PlainView.as_view()(request)
        assert (response.status_code == 503) is (address != HOME)


def test_no_dialect_is_that_of_plain_views(me: Login) -> None:
    request = APIRequestFactory().get("/", HTTP_AUTHORIZATION=me.token)
    with switched_on(GLOBAL, conditions=Conditions(dialect="v5")):
        assert PlainView.as_view()(request).status_code == 200


def test_no_user_agent_breaks_a_condition(me: Login) -> None:
    agents = ["\0", "Mozilla/5.0 " * 5000, "x/" + "9" * 5000, "\xff/1.0", "/" * 512, "x/1." * 99]
    with switched_on(GLOBAL, conditions=read_conditions(client="x", version=">=1")):
        for agent in agents:
            response = Api(token=me.token, user_agent=agent)("GET", ME)
            assert response.status_code in (200, 503)


@pytest.mark.parametrize("address", ["203.0.113.9", HOME])
def test_global_closes_plain_views_without_permissions(me: Login, address: str) -> None:
    request = APIRequestFactory().get("/", REMOTE_ADDR=address, HTTP_AUTHORIZATION=me.token)
    with switched_on(GLOBAL, conditions=read_conditions(network="203.0.113.0/24")):
        response = PlainView.as_view(permission_classes=[])(request)
    assert (response.status_code == 503) is (address != HOME)
