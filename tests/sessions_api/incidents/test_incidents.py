"""Incidents: opened, changed, closed; and who takes part in which."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone

from sessions_api.accounts.privileges import END_SESSIONS
from sessions_api.exceptions import Banned, InsufficientPermissions
from sessions_api.incidents.exceptions import IncidentConflict, InvalidIncident
from sessions_api.incidents.models import Incident, Note, Participation, SignOutState
from sessions_api.incidents.models.incidents import NOTE_LENGTH
from sessions_api.incidents.services import incidents, sign_outs
from sessions_api.models import AuditEvent
from sessions_api.services.audit import Actor
from sessions_api.services.session_search import SessionSearch
from tests.sessions_api.incidents.services import NETWORK, STOLEN, by, open_one, run_all, steal

pytestmark = pytest.mark.django_db

OPERATOR = Actor(name="command line (kim)")


def taking_part() -> list[tuple[str, str]]:
    lasting = Participation.objects.filter(until=None).order_by("actor_name")
    return [(one.actor_name, one.incident.name) for one in lasting]


def test_it_keeps_what_it_is_about(chief: Any) -> None:
    began = timezone.now() - timedelta(hours=3)
    incidents.open_incident("Stolen\ntokens", began_at=began, search=STOLEN, actor=by(chief))
    opened = Incident.objects.get()
    assert (opened.name, opened.began_at, opened.search) == ("Stolen tokens", began, STOLEN)
    assert (opened.is_open, opened.opened_by, opened.opened_by_name) == (True, chief, "chief")
    assert AuditEvent.objects.get(kind="incident_opened").detail["incident"] == opened.pk


def test_its_opener_takes_part_from_when_it_began_at_most_a_day_before(
    make_user: Any,
) -> None:
    now = timezone.now()
    for name, began, since in [
        ("kim", now - timedelta(hours=3), now - timedelta(hours=3)),
        ("lee", now - timedelta(days=3), now - timedelta(days=1)),
        ("max", now + timedelta(days=3), now),
    ]:
        # Each has taken part in nothing else before.
        opener = make_user(name, is_staff=True, is_superuser=True)
        incident = open_one(by(opener), began_at=began)
        [part] = incident.participations.all()
        assert abs(part.since - since) < timedelta(seconds=9)
        assert incident.began_at <= timezone.now()


def test_everybody_takes_part_in_one_at_a_time(chief: Any, other: Any) -> None:
    first = incidents.open_incident(
        "First", began_at=timezone.now(), search=STOLEN, actor=by(chief)
    )
    incidents.open_incident("Second", began_at=timezone.now(), search=STOLEN, actor=by(other))
    assert taking_part() == [("chief", "First"), ("other", "Second")]
    assert incidents.join(first, actor=by(other))
    assert not incidents.join(first, actor=by(other))
    assert taking_part() == [("chief", "First"), ("other", "First")]
    assert incidents.leave(first, actor=by(other))
    assert not incidents.leave(first, actor=by(other))
    assert taking_part() == [("chief", "First")]


def test_operators_take_part_by_their_names(chief: Any) -> None:
    incident = open_one(OPERATOR)
    incidents.join(incident, actor=Actor(name="command line (lee)"))
    assert [one for one, _ in taking_part()] == ["command line (kim)", "command line (lee)"]
    assert incidents.leave(incident, actor=OPERATOR)
    assert [one for one, _ in taking_part()] == ["command line (lee)"]


def test_changed_it_keeps_what_was_not_given(chief: Any) -> None:
    incident = open_one(by(chief))
    search = SessionSearch(network=NETWORK, browser="curl")
    changed = incidents.change_incident(incident, actor=by(chief), search=search)
    assert (changed.name, changed.began_at, changed.search) == (
        "Stolen tokens",
        incident.began_at,
        search,
    )
    event = AuditEvent.objects.get(kind="incident_changed")
    assert event.detail["changes"] == {"criteria": search.as_data()}
    assert event.detail["what"] == str(search)
    incidents.change_incident(incident, actor=by(chief), name="Stolen tokens")
    assert AuditEvent.objects.filter(kind="incident_changed").count() == 1


def test_the_name_changes_where_another_version_has_stored_the_filter(chief: Any) -> None:
    incident = open_one(by(chief))
    stored = {"kind": "search", "mood": "bad"}
    Incident.objects.update(criteria=stored)
    incidents.change_incident(incident, actor=by(chief), name="Stolen keys")
    incident.refresh_from_db()
    assert (incident.name, incident.criteria) == ("Stolen keys", stored)


def test_a_sign_out_keeps_the_sessions_of_its_request(ann: Any, chief: Any) -> None:
    [inside] = steal(ann)
    [outside] = steal(ann, address="198.51.100.1")
    incident = open_one(by(chief))
    sign_out = sign_outs.request_sign_out(incident, actor=by(chief), reason="stolen")
    elsewhere = SessionSearch(network="198.51.100.0/24")
    incidents.change_incident(incident, actor=by(chief), search=elsewhere)
    run_all()
    assert type(inside).objects.get() == outside
    sign_out.refresh_from_db()
    assert (sign_out.state, sign_out.search) == (SignOutState.FINISHED, STOLEN)


class TestClosed:
    @pytest.fixture
    def closed(self, chief: Any) -> Incident:
        return incidents.close_incident(open_one(by(chief)), actor=by(chief))

    def test_nobody_takes_part(self, closed: Incident, chief: Any) -> None:
        assert taking_part() == []
        assert (closed.is_open, closed.closed_by_name) == (False, "chief")

    def test_nothing_can_be_done_in_it(self, closed: Incident, chief: Any) -> None:
        actor = by(chief)
        for attempt in (
            lambda: incidents.change_incident(closed, actor=actor, name="x"),
            lambda: incidents.join(closed, actor=actor),
            lambda: incidents.add_note(closed, "x", actor=actor),
            lambda: incidents.close_incident(closed, actor=actor),
            lambda: sign_outs.request_sign_out(closed, actor=actor, reason="x"),
        ):
            with pytest.raises(IncidentConflict) as caught:
                attempt()
            assert caught.value.reason == "closed"
        assert not Note.objects.exists()

    def test_reopened_it_goes_on(self, closed: Incident, chief: Any, other: Any) -> None:
        reopened = incidents.reopen_incident(closed, actor=by(other))
        assert (reopened.is_open, reopened.closed_by_name) == (True, "")
        assert taking_part() == [("other", "Stolen tokens")]
        incidents.reopen_incident(closed, actor=by(chief))
        assert AuditEvent.objects.filter(kind="incident_reopened").count() == 1


def test_the_actor_is_authorized_again(chief: Any, staff: Any) -> None:
    incident = open_one(by(chief))
    model = get_user_model()
    model.objects.filter(pk=chief.pk).update(is_active=False)
    with pytest.raises(Banned):
        incidents.add_note(incident, "x", actor=by(chief))
    actor = by(staff, END_SESSIONS)
    model.objects.get(pk=staff.pk).user_permissions.clear()
    with pytest.raises(InsufficientPermissions):
        incidents.close_incident(incident, actor=actor)
    assert Incident.objects.get().is_open


def test_one_that_was_deleted(chief: Any) -> None:
    incident = open_one(by(chief))
    Incident.objects.all().delete()
    with pytest.raises(InvalidIncident):
        incidents.change_incident(Incident(pk=7), actor=by(chief), name="x")
    assert not incident.notes.exists()


def test_it_outlives_the_accounts_of_those_who_worked_on_it(ann: Any, chief: Any) -> None:
    steal(ann)
    incident = open_one(by(chief))
    incidents.add_note(incident, "It is curl.", actor=by(chief))
    chief.delete()
    incident.refresh_from_db()
    assert (incident.opened_by_name, incident.notes.get().actor_name) == ("chief", "chief")


def test_lines_of_a_note_end_as_elsewhere(chief: Any) -> None:
    """Browsers end them with CR LF, which is no longer than LF."""
    incident = open_one(by(chief))
    note = incidents.add_note(incident, "a\r\n" * (NOTE_LENGTH // 2), actor=by(chief))
    assert note.text == ("a\n" * (NOTE_LENGTH // 2)).strip()
    assert incidents.add_note(incident, " a\r\rb \r\n", actor=by(chief)).text == "a\n\nb"
