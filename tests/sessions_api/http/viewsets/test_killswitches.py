"""The REST endpoints of the kill switches, and reverification for flips."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from killswitches.conditions.conditions import Conditions, read_conditions
from killswitches.gate import enabled_mask
from killswitches.models import KillSwitch, SwitchFlip
from killswitches.registry import ACCOUNT_DELETE, FILE_CREATE, GLOBAL, registry
from killswitches.services import LAPSED, set_switch, states
from killswitches.testing import switched_on
from sessions_api.models import AuditEvent
from tests.api import CHROME, HOME, Login
from tests.audit_outage import no_room_for_events
from tests.cast import PASSWORD
from tests.rate_clock import Clock

pytestmark = pytest.mark.django_db

NAMES = [
    "ACCOUNT_CREATE",
    "ACCOUNT_MODIFY",
    "ACCOUNT_DELETE",
    "ACCOUNT_EMAIL_VERIFY",
    "ACCOUNT_LOGIN",
    "FILE_CREATE",
    "FILE_MODIFY",
    "FILE_DELETE",
    "GLOBAL",
]
REVERIFIED = {"password": PASSWORD}
#: The lowest number that no switch has.
UNKNOWN = str(min(set(range(63)) - {switch.number for switch in registry}))


def listing(*on: int) -> dict[str, Any]:
    items = [{"id": n, "name": name, "state": n in on} for n, name in enumerate(NAMES)]
    return {"count": len(items), "items": items}


def test_turning_on_off_and_all_off(boss: Login) -> None:
    steps = [
        ("GET", "", listing()),
        ("PUT", "/5", listing(5)),
        ("PUT", "/5", listing(5)),
        ("PUT", "/8", listing(5, 8)),
        ("DELETE", "/5", listing(8)),
        ("PUT", "/0", listing(0, 8)),
        ("DELETE", "", listing()),
        ("DELETE", "", listing()),
    ]
    for method, path, expected in steps:
        response = boss.api(method, f"/killswitches{path}", REVERIFIED)
        assert (response.status_code, response.json()) == (200, expected)


def test_each_flip_is_audited_with_actor_and_address(boss: Login) -> None:
    boss.api("PUT", "/killswitches/5", REVERIFIED)
    boss.api("PUT", "/killswitches/5", REVERIFIED)
    boss.api("DELETE", "/killswitches", REVERIFIED)

    flips = [(flip.number, flip.enabled, flip.actor) for flip in SwitchFlip.objects.order_by("id")]
    assert flips == [(5, True, boss.user), (5, False, boss.user)]
    events = AuditEvent.objects.filter(kind__startswith="switch").order_by("id")
    assert [(event.kind, event.detail["switch"]) for event in events] == [
        ("switch_on", "FILE_CREATE"),
        ("switch_off", "FILE_CREATE"),
    ]
    assert {(event.actor, event.address, event.user_agent) for event in events} == {
        (boss.user, HOME, CHROME)
    }


def test_the_history_says_that_flips_were_made_over_rest(boss: Login) -> None:
    for method, path in (("PUT", "/5"), ("DELETE", "/5"), ("PUT", "/5"), ("DELETE", "")):
        boss.api(method, f"/killswitches{path}", REVERIFIED)
    assert [flip.reason for flip in SwitchFlip.objects.all()] == ["Over the REST API"] * 4


def test_switches_turned_on_over_rest_have_no_end(boss: Login) -> None:
    set_switch(FILE_CREATE, True, until=timezone.now() + timedelta(minutes=15))
    assert boss.api("PUT", "/killswitches/5", REVERIFIED).json() == listing(5)
    assert states()[FILE_CREATE.number].until is None
    assert SwitchFlip.objects.filter(enabled=True).count() == 2


def test_a_lapse_takes_effect_at_once(me: Login) -> None:
    # A first request fills all caches, which must not keep the endpoint closed.
    for until, status in [(None, 503), (timedelta(hours=1), 503), (-timedelta(seconds=1), 200)]:
        set_switch(GLOBAL, True)
        KillSwitch.objects.update(until=until and timezone.now() + until)
        assert me.api("GET", "/users/me/sessions/me").status_code == status
    set_switch(GLOBAL, True)
    assert me.api("GET", "/users/me/sessions/me").status_code == 503


def test_a_lapse_is_audited_once_with_its_time(boss: Login) -> None:
    until = timezone.now() + timedelta(minutes=15)
    set_switch(FILE_CREATE, True, until=until, actor=boss.user, reason="full")
    lapsed = until - timedelta(minutes=15, microseconds=1)
    KillSwitch.objects.update(until=lapsed)
    assert boss.api("GET", "/killswitches").json() == listing()
    assert boss.api("GET", "/killswitches").json() == listing()
    turned_off, turned_on = AuditEvent.objects.filter(kind__startswith="switch").order_by("-pk")
    assert turned_on.detail == {
        "switch": "FILE_CREATE",
        "reason": "full",
        "until": until.isoformat(),
    }
    assert (turned_off.kind, turned_off.at) == ("switch_off", lapsed)
    assert (turned_off.actor, turned_off.address) == (boss.user, None)
    assert turned_off.detail == {"switch": "FILE_CREATE", "reason": LAPSED}


def test_a_flip_that_cannot_be_audited_does_not_happen(
    boss: Login,
) -> None:
    with no_room_for_events():
        assert boss.api("PUT", "/killswitches/5", REVERIFIED).status_code == 500
    assert enabled_mask() == 0


@pytest.mark.parametrize(
    "number", [UNKNOWN, "62", "99", "-1", "%20", "%00", "00", "08", "1.0", "x", "9" * 5000, "٣"]
)
@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_unknown_switches(boss: Login, method: str, number: str) -> None:
    with switched_on(FILE_CREATE):
        response = boss.api(method, f"/killswitches/{number}", REVERIFIED)
        assert (response.status_code, response.json()) == (
            404,
            {"code": "INVALID_KILL_SWITCH_ERROR", "message": "Invalid Kill Switch"},
        )
        assert enabled_mask() == FILE_CREATE.bit


class TestReverification:
    FLIPS = [("PUT", "/2"), ("DELETE", "/2"), ("DELETE", "")]

    @pytest.mark.parametrize(("method", "path"), FLIPS)
    @pytest.mark.parametrize(
        "body", [None, {}, {"password": None}, {"password": ""}, {"password": 7}]
    )
    def test_without_a_password(self, boss: Login, method: str, path: str, body: Any) -> None:
        with switched_on(ACCOUNT_DELETE):
            response = boss.api(method, f"/killswitches{path}", body)
            assert (response.status_code, response.json()) == (
                400,
                {
                    "code": "MISSING_FIELDS_ERROR",
                    "message": "Missing Fields",
                    "fields": ["password"],
                },
            )
            assert enabled_mask() == ACCOUNT_DELETE.bit

    @pytest.mark.parametrize(("method", "path"), FLIPS)
    def test_with_a_wrong_password(self, boss: Login, method: str, path: str) -> None:
        with switched_on(ACCOUNT_DELETE):
            response = boss.api(method, f"/killswitches{path}", {"password": PASSWORD + " "})
            assert (response.status_code, response.json()) == (
                401,
                {"code": "INVALID_PASSWORD_ERROR", "message": "Invalid Password"},
            )
            assert enabled_mask() == ACCOUNT_DELETE.bit
        event = AuditEvent.objects.get(kind="reverification_failed")
        assert (event.actor, event.subject, event.detail) == (boss.user, boss.user, {})

    @pytest.mark.ratelimited
    def test_a_stolen_session_cannot_guess_the_password(
        self, boss: Login, log_in: Any, limits_clock: Clock
    ) -> None:
        # Right passwords do not count. Wrong ones count per user, not per session or address.
        for _ in range(7):
            assert boss.api("PUT", "/killswitches/2", REVERIFIED).status_code == 200
        answers = []
        for n in range(6):
            thief = log_in(boss.user).api
            thief.address = f"203.0.113.{n}"
            answers.append(thief("PUT", "/killswitches/2", {"password": f"guess {n}"}))
        assert [answer.status_code for answer in answers] == [401] * 5 + [429]
        assert answers[-1]["Retry-After"].isdigit()
        assert answers[-1].json()["code"] == "RATELIMITED_ERROR"
        assert boss.api("PUT", "/killswitches/2", REVERIFIED).status_code == 429

    def test_reading_needs_no_password(self, boss: Login) -> None:
        assert boss.api("GET", "/killswitches").status_code == 200


def test_who_turns_a_switch_on_over_rest_turns_it_on_for_everybody(boss: Login) -> None:
    set_switch(FILE_CREATE, True, conditions=Conditions(share=10))
    assert boss.api("GET", "/killswitches").json() == listing(5)
    assert boss.api("PUT", "/killswitches/5", REVERIFIED).json() == listing(5)
    assert enabled_mask() == FILE_CREATE.bit
    boss.api("DELETE", "/killswitches/5", REVERIFIED)
    assert boss.api("GET", "/killswitches").json() == listing()


def test_conditions_are_audited(boss: Login) -> None:
    here = read_conditions(network="203.0.113.0/24", share="10")
    set_switch(FILE_CREATE, True, conditions=here, reason="thieves")
    set_switch(FILE_CREATE, False)
    off, on = AuditEvent.objects.filter(kind__startswith="switch_")
    only_for = {"network": "203.0.113.0/24", "share": "10"}
    assert on.detail == {"switch": "FILE_CREATE", "reason": "thieves", "only_for": only_for}
    assert off.detail == {"switch": "FILE_CREATE"}
