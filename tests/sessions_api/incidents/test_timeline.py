"""The timeline: what those who take part do, while they do."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from killswitches.approvals.people import Person
from killswitches.approvals.services import confirm, decline, turn_off, turn_on
from killswitches.approvals.wishes import Wish
from killswitches.registry import GLOBAL, registry
from killswitches.services import set_switch
from sessions_api.incidents.events import IncidentEvent
from sessions_api.incidents.models import Incident, Participation
from sessions_api.incidents.services import incidents
from sessions_api.incidents.services.incidents import record_of
from sessions_api.incidents.services.timeline import timeline
from sessions_api.services.audit import Actor
from sessions_api.services.bans import set_banned
from sessions_api.testing import frozen_clock
from tests.sessions_api.incidents.services import by, open_one

pytestmark = pytest.mark.django_db


def kinds(incident: Incident) -> list[str]:
    return [one.kind for one in timeline(incident, limit=100)]


def test_what_they_do_is_on_it_and_nobody_elses(
    ann: Any, bob: Any, chief: Any, make_user: Any
) -> None:
    other = make_user("other", is_staff=True, is_superuser=True)
    incident = open_one(by(chief))
    set_banned(ann, True, actor=by(chief), reason="thief")
    set_banned(bob, True, actor=by(other), reason="elsewhere")
    set_switch(registry.by_number(1), True, actor=chief, reason="to look")
    incidents.add_note(incident, "It is curl.", actor=by(chief))
    assert kinds(incident) == ["incident_opened", "banned", "switch_on", "note"]
    [ban] = [one for one in timeline(incident, limit=100) if one.kind == "banned"]
    assert (ban.subject, ban.text, ban.by) == ("ann", "thief", "chief")


@pytest.mark.parametrize(
    ("decide", "became"),
    [
        (confirm, ["switch_request_confirmed", "switch_on"]),
        (decline, ["switch_request_declined"]),
    ],
)
def test_what_became_of_their_requests_is_on_it_whoever_decides(
    chief: Any, make_user: Any, settings: Any, decide: Any, became: list[str]
) -> None:
    settings.KILLSWITCHES = {"SECOND_PERSON": ["GLOBAL"]}
    one, other = (make_user(name, is_staff=True, is_superuser=True) for name in ("one", "other"))
    incident = open_one(by(chief))
    for requester in (chief, one):
        waiting = turn_on(GLOBAL, Wish("fire"), Person(requester)).waiting
        assert waiting is not None
        decide(waiting.pk, Person(other))
        turn_off(GLOBAL, Person(other), "")
    # Nothing of the other request, whose requester does not take part.
    assert kinds(incident) == ["incident_opened", "switch_requested", *became]


def test_it_goes_on_until_they_leave_or_it_is_closed(ann: Any, bob: Any, chief: Any) -> None:
    incident = open_one(by(chief))
    incidents.leave(incident, actor=by(chief))
    set_banned(ann, True, actor=by(chief), reason="x")
    assert kinds(incident) == ["incident_opened"]
    incidents.join(incident, actor=by(chief))
    set_banned(ann, False, actor=by(chief), reason="x")
    incidents.close_incident(incident, actor=by(chief))
    set_banned(bob, True, actor=by(chief), reason="x")
    assert kinds(incident) == ["incident_opened", "unbanned", "incident_closed"]


def test_what_an_operator_does_by_command_is_on_it(ann: Any) -> None:
    kim, lee = Actor(name="command line (kim)"), Actor(name="command line (lee)")
    incident = open_one(kim)
    set_banned(ann, True, actor=lee, reason="x")
    assert kinds(incident) == ["incident_opened"]
    set_banned(ann, False, actor=kim, reason="x")
    assert kinds(incident) == ["incident_opened", "unbanned"]


def test_whoever_changes_or_reopens_it_is_on_it(chief: Any, other: Any) -> None:
    incident = open_one(by(chief))
    incidents.change_incident(incident, actor=by(other), name="Stolen cookies")
    incidents.close_incident(incident, actor=by(chief))
    incidents.reopen_incident(incident, actor=by(other))
    assert kinds(incident) == [
        "incident_opened",
        "incident_changed",
        "incident_closed",
        "incident_reopened",
    ]


def test_what_its_opener_did_since_it_began_is_on_it(ann: Any, bob: Any, chief: Any) -> None:
    now = timezone.now()
    with frozen_clock(now - timedelta(hours=30)):
        set_banned(ann, True, actor=by(chief), reason="long before")
    with frozen_clock(now - timedelta(hours=20)):
        set_banned(bob, True, actor=by(chief), reason="at the beginning")
    incident = open_one(by(chief), began_at=now - timedelta(days=9))
    assert kinds(incident) == ["banned", "incident_opened"]


def test_what_its_opener_did_in_another_one_is_only_on_that_one(
    ann: Any, bob: Any, chief: Any
) -> None:
    first = open_one(by(chief))
    set_banned(ann, True, actor=by(chief), reason="thief")
    second = open_one(by(chief))
    incidents.close_incident(second, actor=by(chief))
    set_banned(bob, True, actor=by(chief), reason="between the two")
    third = open_one(by(chief))
    assert kinds(first) == ["incident_opened", "banned"]
    assert kinds(second) == ["incident_opened", "incident_closed"]
    assert kinds(third) == ["banned", "incident_opened"]


def test_what_is_done_with_another_one_is_not_on_it(chief: Any) -> None:
    first, second = open_one(by(chief)), open_one(by(chief))
    record_of(IncidentEvent.REPORTED, first, by(chief))
    record_of(IncidentEvent.REPORTED, second, by(chief))
    assert kinds(second) == ["incident_opened", "incident_reported"]


def test_it_takes_four_queries_and_shows_the_newest(
    chief: Any, django_assert_num_queries: Any
) -> None:
    incident = open_one(by(chief))
    for number in range(5):
        incidents.add_note(incident, f"{number}", actor=by(chief))
    with django_assert_num_queries(4):
        shown = timeline(incident, limit=3)
    assert [one.text for one in shown] == ["2", "3", "4"]


def test_whoever_takes_part_again_and_again(ann: Any, bob: Any, chief: Any) -> None:
    """So often that no database takes it in one query."""
    incident = open_one(by(chief))
    set_banned(ann, True, actor=by(chief), reason="first")
    begun = timezone.now() + timedelta(minutes=1)
    Participation.objects.bulk_create(
        Participation(incident=incident, actor=chief, actor_name="chief", since=begun, until=begun)
        for _ in range(1500)
    )
    with frozen_clock(begun):
        set_banned(bob, True, actor=by(chief), reason="second")
    shown = timeline(incident, limit=100)
    assert [one.text for one in shown if one.kind == "banned"] == ["first", "second"]
    assert [one.text for one in timeline(incident, limit=1)] == ["second"]
