"""A drill of every kill switch: each endpoint that the admin lists is tried while it is on."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from killswitches.impact import endpoints_of
from killswitches.registry import GLOBAL, Switch, registry
from killswitches.testing import switched_on
from tests.api import OWN_SESSIONS, Api, Login

pytestmark = pytest.mark.django_db


def requests_of(switch: Switch, uid: object) -> list[tuple[str, str]]:
    """Return the method and path of each request that the switch should refuse.

    :param uid: the caller's; what belongs to others is for staff, who pass every switch.
    """
    lines = [line.rpartition(" ") for line in endpoints_of(switch) or ()]
    return [
        (method, re.sub(r":\w+", "1", path.replace(":uid", str(uid))))
        for methods, _, path in lines
        for method in methods.split(", ")
    ]


@pytest.mark.parametrize("switch", list(registry), ids=lambda switch: switch.name)
def test_every_endpoint_of_a_switch_names_it_while_it_is_on(me: Login, switch: Switch) -> None:
    caller = Api(prefix="", token=me.token)
    # Records the session's use, which is then not recorded again for a minute.
    assert me.api("GET", f"{OWN_SESSIONS}/me").status_code == 200
    with switched_on(switch):
        for method, path in requests_of(switch, me.user.pk):
            with CaptureQueriesContext(
                connection,
            ) as queries:
                response = caller(method, path)
            assert response.status_code == 503, (method, path)
            assert response.json()["feature"] == switch.number, (method, path)
            # It is refused by the gate, before anything is written.
            assert all(query["sql"].startswith("SELECT") for query in queries), (method, path)
    assert me.api("GET", f"{OWN_SESSIONS}/me").status_code == 200


def test_global_closes_every_endpoint_of_the_others() -> None:
    closed = {request for switch in registry for request in requests_of(switch, 1)}
    assert closed == set(requests_of(GLOBAL, 1)) != set()
