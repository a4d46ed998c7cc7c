"""Kill switches that need a second person, over REST, and what is audited of them."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from killswitches.approvals.endings import newest_requests
from killswitches.approvals.people import Person
from killswitches.approvals.services import confirm, decline, turn_on
from killswitches.approvals.wishes import Wish
from killswitches.conditions.conditions import Conditions
from killswitches.gate import enabled_mask
from killswitches.models import FlipRequest
from killswitches.registry import GLOBAL
from sessions_api.accounts.privileges import FLIP_KILL_SWITCHES
from sessions_api.exceptions import InsufficientPermissions
from sessions_api.models import AuditEvent
from sessions_api.scopes import Scope
from sessions_api.services.audit import Actor
from tests.api import HOME, Login
from tests.cast import PASSWORD
from tests.statements import statements

pytestmark = pytest.mark.django_db

REVERIFIED = {"password": PASSWORD}


@pytest.fixture(autouse=True)
def rule(settings: Any) -> None:
    settings.KILLSWITCHES = {"SECOND_PERSON": ["GLOBAL"]}


@pytest.fixture
def second(root: Any, log_in: Any) -> Login:
    login: Login = log_in(root)
    return login


def put(login: Login) -> tuple[int, bool]:
    """Turn GLOBAL on; return the status and the state in the list."""
    response = login.api("PUT", "/killswitches/8", REVERIFIED)
    return response.status_code, response.json()["items"][8]["state"]


def test_the_switch_is_off_until_a_second_one_does_the_same(boss: Login, second: Login) -> None:
    assert put(boss) == (202, False)
    assert put(boss) == (202, False)
    assert enabled_mask() == 0
    assert put(second) == (200, True)
    assert put(boss) == (200, True)
    assert enabled_mask() == GLOBAL.bit
    assert FlipRequest.objects.get().outcome == "confirmed"


def test_not_by_another_session_of_the_same_account(boss: Login, log_in: Any) -> None:
    put(boss)
    assert put(log_in(boss.user)) == (202, False)
    flags = int(Scope.STAFF_MODIFY_KILLSWITCHES)
    scoped = log_in(boss.user, permission_flags=flags)
    assert scoped.api("PUT", "/killswitches/8").status_code == 202
    assert enabled_mask() == 0


def test_a_request_with_conditions_is_not_confirmed_over_rest(boss: Login, second: Login) -> None:
    wish = Wish("fire", conditions=Conditions(share=5))
    turn_on(GLOBAL, wish, Person(boss.user))
    assert put(second) == (202, False)
    assert FlipRequest.objects.filter(outcome="").count() == 2


@pytest.mark.parametrize("path", ["/killswitches/8", "/killswitches"])
def test_turning_off_closes_requests(boss: Login, second: Login, path: str) -> None:
    for login, outcome in ((boss, "withdrawn"), (second, "declined")):
        put(boss)
        assert login.api("DELETE", path, REVERIFIED).status_code == 200
        assert FlipRequest.objects.latest("id").outcome == outcome


def test_others_can_neither_request_nor_confirm(boss: Login, log_in: Any, helper: Any) -> None:
    viewer = log_in(helper)
    assert viewer.api("PUT", "/killswitches/8", REVERIFIED).status_code == 403
    put(boss)
    assert viewer.api("PUT", "/killswitches/8", REVERIFIED).status_code == 403
    assert enabled_mask() == 0


def audited() -> list[tuple[str, str, str | None, dict[str, Any]]]:
    """Return kind, actor, address and detail of the events about switches, and forget none."""
    events = AuditEvent.objects.filter(kind__startswith="switch").order_by("pk")
    return [(one.kind, one.actor_name, one.address, one.detail) for one in events]


def test_requests_and_confirmations_are_audited(boss: Login, second: Login) -> None:
    put(boss)
    put(second)
    over_rest = {"switch": "GLOBAL", "reason": "Over the REST API"}
    assert audited() == [
        ("switch_requested", "sam", HOME, over_rest),
        ("switch_request_confirmed", "root", HOME, {"switch": "GLOBAL", "requested_by": "sam"}),
        ("switch_on", "root", HOME, over_rest | {"requested_by": "sam"}),
    ]


def test_the_wish_is_audited(boss: Login) -> None:
    conditions = Conditions(share=5)
    turn_on(
        GLOBAL, Wish("fire", lasts=timedelta(hours=1), conditions=conditions), Person(boss.user)
    )
    until = timezone.now() + timedelta(days=1)
    turn_on(GLOBAL, Wish("fire", until=until), Person(boss.user))
    detail = {"switch": "GLOBAL", "reason": "fire"}
    kinds, _, _, details = zip(*audited(), strict=True)
    assert kinds == ("switch_requested", "switch_request_withdrawn", "switch_requested")
    assert details[0] == detail | {"minutes": 60, "only_for": {"share": "5"}}
    assert details[2] == detail | {"until": until.isoformat()}


def test_what_becomes_of_requests_is_audited(boss: Login, second: Login) -> None:
    ann, root = Person(boss.user), Person(second.user)
    for person in (root, ann):
        turn_on(GLOBAL, Wish("fire"), ann)
        decline(FlipRequest.objects.latest("id").pk, person, "calm")
    turn_on(GLOBAL, Wish("fire"), ann)
    expiry = timezone.now() - timedelta(seconds=1)
    FlipRequest.objects.filter(outcome="").update(expires_at=expiry)
    newest_requests(GLOBAL)
    ended = [one for one in audited() if one[0] != "switch_requested"]
    detail = {"switch": "GLOBAL", "requested_by": "sam"}
    assert ended == [
        ("switch_request_declined", "root", None, detail | {"reason": "calm"}),
        ("switch_request_withdrawn", "sam", None, detail | {"reason": "calm"}),
        ("switch_request_expired", "", None, detail),
    ]
    assert AuditEvent.objects.get(kind="switch_request_expired").at == expiry


def test_the_way_round_is_audited_twice(boss: Login) -> None:
    turn_on(GLOBAL, Wish("fire", alone_because="all asleep"), Person(boss.user))
    assert audited() == [
        ("switch_on", "sam", None, {"switch": "GLOBAL", "reason": "fire"}),
        ("switch_on_alone", "sam", None, {"switch": "GLOBAL", "reason": "all asleep"}),
    ]


def test_an_overtaken_request_leaves_the_flip(boss: Login, second: Login) -> None:
    put(boss)
    turn_on(GLOBAL, Wish("now", alone_because="quick"), Person(second.user))
    kinds = [one[0] for one in audited()]
    assert kinds == ["switch_requested", "switch_on", "switch_on_alone"]


def test_one_who_lost_the_permission_meanwhile_confirms_nothing(
    boss: Login, second: Login, log_in: Any, staff: Any
) -> None:
    put(second)
    request = FlipRequest.objects.get()
    staff.user_permissions.clear()
    assert boss.api("PUT", "/killswitches/8", REVERIFIED).status_code == 403
    with pytest.raises(Exception, match="may not"):
        confirm(request.pk, Person(boss.user))
    assert enabled_mask() == 0


def test_who_lost_the_permission_while_waiting_for_a_lock_requests_nothing(boss: Login) -> None:
    # By another process, after the request to the API was authorized.
    caller = Actor(user=boss.user, session=boss.session, permissions=(FLIP_KILL_SWITCHES,))
    type(boss.user).objects.get(pk=boss.user.pk).user_permissions.clear()
    with pytest.raises(InsufficientPermissions):
        turn_on(GLOBAL, Wish("fire"), Person(boss.user, source=caller))
    assert not FlipRequest.objects.exists()


def test_query_counts(boss: Login, second: Login) -> None:
    def count(login: Login) -> int:
        with CaptureQueriesContext(connection) as captured:
            put(login)
        return len(statements(captured))

    put(second)
    # The caller, factors, the caller again, twice row and lock, the waiting ones, and the list.
    assert count(second) == 9
    # Both people again with their permissions, the request, the flip and two events.
    assert count(boss) == 38
