"""Forms of incidents that are sent twice at once, or by two people, on PostgreSQL."""

from typing import Any

import pytest

from sessions_api.incidents.models import Incident, Note, OwnersMail, Participation, SignOut
from sessions_api.incidents.services import jobs
from sessions_api.models import AuditEvent
from tests.admin_paths import INCIDENTS
from tests.sessions_api.incidents.admin.desks import confirm_end, desk_of, url
from tests.together import together

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.parametrize("trial", range(3)),
]


def send(user: Any, path: str, times: int = 3, **posted: str) -> None:
    """Send a form several times at once, from windows of one person."""
    desks = [desk_of(user) for _ in range(times)]
    pages = together(*[lambda desk=desk: desk.post(path, posted) for desk in desks])
    assert {page.status_code for page in pages} == {302}


def test_one_incident_is_opened(staff: Any, trial: int) -> None:
    posted = {"name": "x", "began_at": "2026-11-28T02:10", "network": "203.0.113.0/24"}
    send(staff, f"{INCIDENTS}add/", **posted)
    assert Incident.objects.count() == 1


def test_one_sign_out_is_requested(staff: Any, incident: Incident, trial: int) -> None:
    shown = desk_of(staff).get(url(incident, "end")).context["hidden"]
    posted = {name: str(value) for name, value in shown.items()}
    send(staff, url(incident, "end"), reason="stolen", **posted)
    assert SignOut.objects.count() == 1


def test_one_mail_is_sent(staff: Any, incident: Incident, trial: int) -> None:
    confirm_end(desk_of(staff), incident)
    jobs.run_due()
    send(staff, url(incident, "tell"), text="Hello")
    assert OwnersMail.objects.count() == 1


def test_one_note_is_written(staff: Any, incident: Incident, trial: int) -> None:
    send(staff, url(incident, "note"), text="It is curl")
    assert Note.objects.count() == 1


def test_somebody_joins_once(root: Any, incident: Incident, trial: int) -> None:
    send(root, url(incident, "join"))
    assert Participation.objects.filter(actor=root.pk).count() == 1


def test_it_is_closed_once(staff: Any, incident: Incident, trial: int) -> None:
    send(staff, url(incident, "close"))
    assert AuditEvent.objects.filter(kind="incident_closed").count() == 1


def test_of_two_who_decide_one_does(
    staff: Any, make_user: Any, incident: Incident, settings: Any, trial: int
) -> None:
    settings.SESSIONS_API = settings.SESSIONS_API | {"INCIDENT_APPROVAL_ABOVE": 1}
    confirm_end(desk_of(staff), incident)
    sign_out = SignOut.objects.get()
    path = url(incident, f"sign-outs/{sign_out.pk}")
    desks = [desk_of(make_user(name, is_staff=True)) for name in ("kim", "lou")]
    together(
        lambda: desks[0].post(path, {"approve": ""}), lambda: desks[1].post(path, {"decline": ""})
    )
    events = AuditEvent.objects.filter(kind__in=["incident_approved", "incident_declined"])
    assert events.count() == 1
