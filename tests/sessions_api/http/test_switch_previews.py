"""Previews of conditions on what happened in the last minutes."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from killswitches import previews
from killswitches.conditions.conditions import Conditions, InvalidCondition, read_conditions
from killswitches.registry import ACCOUNT_LOGIN, GLOBAL
from sessions_api.callers.clients import Client
from sessions_api.callers.switch_callers import SwitchCaller
from sessions_api.http.switch_previews import SwitchPreview
from sessions_api.models import UserSession
from tests.api import HOME, OWN_SESSIONS, Api, Login

pytestmark = pytest.mark.django_db

NEAR = Client("203.0.113.9", "curl/8.5.0")
CURL = Conditions(client="curl")
Counts = list[tuple[str, int | None, int]]


def counts(**texts: str) -> Counts:
    """Return label, matches and total of each kind."""
    found = previews.preview_of(ACCOUNT_LOGIN, read_conditions(**texts))
    assert found is not None
    return [(str(one.label), one.matched, one.looked_at) for one in found]


@pytest.fixture
def traffic(me: Login, bob: Any, log_in: Any) -> None:
    """Two sessions in use and one that is not, four of their logins, and three failed ones."""
    near = log_in(bob, client=NEAR, dialect="v4")
    idle = log_in(bob, client=NEAR, dialect="v4")
    old = log_in(bob, client=NEAR, dialect="v4")
    for login in (me, near, old):
        login.api("GET", f"{OWN_SESSIONS}/me")
    past = timezone.now() - timedelta(minutes=16)
    UserSession.objects.filter(pk=old.session.pk).update(used_at=past)
    UserSession.objects.filter(pk=idle.session.pk).update(created_at=past)
    for address in ("203.0.113.9", "203.0.113.10", "198.51.100.7"):
        api = Api(address=address, user_agent="curl/8.5.0")
        api("POST", "/login", {"username": "ann", "password": "guess"})


@pytest.mark.parametrize(
    ("texts", "used", "logins", "failed"),
    [
        ({"network": "203.0.113.0/24"}, 1, 2, 2),
        ({"network": "192.0.2.0/24"}, 0, 0, 0),
        ({"client": "curl"}, 1, 2, 3),
        ({"client": "curl", "version": "<8"}, 0, 0, 0),
        ({"client": "Chrome", "version": "87"}, 1, 1, 0),
        ({"dialect": "v4"}, 1, 2, None),
        ({"dialect": "v4", "network": "203.0.113.0/24"}, 1, 2, None),
    ],
    ids=str,
)
def test_it_counts_for_whom_the_conditions_hold(
    traffic: None, texts: dict[str, str], used: int, logins: int, failed: int | None
) -> None:
    assert counts(**texts) == [
        ("Sessions used", used, 2),
        ("Logins", logins, 3),
        ("Failed logins", failed, 0 if failed is None else 3),
    ]


def test_a_share_is_one_of_users_but_of_networks_for_logins(traffic: None) -> None:
    for share in (1, 30, 60, 99):
        conditions = Conditions(share=share)
        used, logins, failed = previews.preview_of(ACCOUNT_LOGIN, conditions) or ()
        near = conditions.hold("ACCOUNT_LOGIN", SwitchCaller(lambda: NEAR))
        home = conditions.hold("ACCOUNT_LOGIN", SwitchCaller(lambda: Client(HOME, "")))
        assert logins.matched == 2 * near + home
        assert failed.matched == 2 * near + home
        users = [
            conditions.hold("ACCOUNT_LOGIN", SwitchCaller(lambda: NEAR, user=str(pk)))
            for pk in get_user_model().objects.values_list("pk", flat=True)
        ]
        assert used.matched == sum(users)


def test_logins_to_the_admin_do_not_count(me: Login) -> None:
    # What makes a session one of the console.
    UserSession.objects.update(jti=None, used_at=timezone.now())
    assert [total for _, _, total in counts(network="0.0.0.0/0")] == [0, 0, 0]


def test_of_many_rows_the_first_are_looked_at(traffic: None) -> None:
    found = SwitchPreview(most=1).preview(GLOBAL, CURL)
    assert [(one.looked_at, one.is_partial) for one in found] == [(1, True)] * 3
    found = SwitchPreview(most=3).preview(GLOBAL, CURL)
    assert [(one.looked_at, one.is_partial) for one in found] == [
        (2, False),
        (3, False),
        (3, False),
    ]


def test_it_stops_when_its_time_is_over(traffic: None) -> None:
    found = SwitchPreview(seconds=0).preview(GLOBAL, CURL)
    assert [(one.looked_at, one.is_partial) for one in found] == [(0, True)] * 3


def test_a_statement_that_takes_too_long_leaves_its_part_unknown(traffic: None) -> None:
    def cancelled(execute: Any, sql: str, *others: Any) -> Any:
        if "used_at" in sql.partition("WHERE")[2]:
            raise OperationalError("canceling statement due to statement timeout")
        return execute(sql, *others)

    with connection.execute_wrapper(cancelled):
        found = counts(client="curl")
    assert found == [("Sessions used", None, 0), ("Logins", 2, 3), ("Failed logins", 3, 3)]


def test_only_mounted_dialects_are_accepted() -> None:
    previews.require_known_dialect(Conditions(dialect="wolfpal"))
    with pytest.raises(InvalidCondition, match="There are: v3, v4, v5, wolfpal"):
        previews.require_known_dialect(Conditions(dialect="v6"))


def test_each_kind_takes_one_query(traffic: None) -> None:
    with CaptureQueriesContext(connection) as captured:
        counts(network="203.0.113.0/24")
    assert len([one for one in captured.captured_queries if " FROM " in one["sql"]]) == 3
