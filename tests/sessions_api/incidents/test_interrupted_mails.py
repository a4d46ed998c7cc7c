"""Mails to owners that are stopped, or whose requester may no longer send them."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model

from sessions_api.incidents.exceptions import IncidentConflict, InvalidIncident
from sessions_api.incidents.models import Incident, MailState, OwnersMail
from sessions_api.incidents.privileges import CHANGE_INCIDENTS
from sessions_api.incidents.services import jobs, mails
from sessions_api.incidents.services.timeline import timeline
from sessions_api.models import AuditEvent
from sessions_api.notices.models import Notice
from sessions_api.services.audit import Actor
from tests.cast import allow
from tests.sessions_api.incidents.services import by, open_one, run_all, steal_and_end

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_mail")]


@pytest.fixture
def incident(ann: Any, chief: Any) -> Incident:
    opened = open_one(by(chief))
    steal_and_end(opened, ann, actor=by(chief))
    return opened


@pytest.fixture
def mail(incident: Incident, make_user: Any) -> OwnersMail:
    """A mail that Sue has requested, who may only change incidents."""
    sue = allow(make_user("sue", is_staff=True), CHANGE_INCIDENTS)
    return mails.tell_owners(incident, "Please log in again.", actor=by(sue, CHANGE_INCIDENTS))


def told() -> int:
    return Notice.objects.filter(kind="incident").count()


def test_its_requester_needs_no_other_permission(mail: OwnersMail) -> None:
    assert mail.state is MailState.RUNNING
    run_all()
    mail.refresh_from_db()
    assert (mail.state, told()) == (MailState.FINISHED, 1)


def test_who_stops_it_is_recorded(mail: OwnersMail, incident: Incident, other: Any) -> None:
    stopped = mails.stop_mail(mail, actor=by(other))
    assert (stopped.state, stopped.is_finished) == (MailState.STOPPED, True)
    event = AuditEvent.objects.get(kind="incident_mail_stopped")
    assert (event.actor, event.detail["mail"], event.detail["incident"]) == (
        other,
        mail.pk,
        incident.pk,
    )
    newest = timeline(incident, limit=100)[-1]
    assert (newest.kind, newest.by) == ("incident_mail_stopped", "other")
    OwnersMail.objects.all().delete()
    with pytest.raises(InvalidIncident):
        mails.stop_mail(mail, actor=by(other))


@pytest.mark.parametrize(
    ("loss", "error"),
    [
        ("ban", "BANNED_ERROR"),
        ("permission", "INSUFFICIENT_PERMISSIONS_ERROR"),
        ("deletion", "INVALID_INCIDENT_ERROR"),
    ],
)
def test_a_requester_who_may_no_longer_tells_nobody(
    mail: OwnersMail, incident: Incident, chief: Any, loss: str, error: str
) -> None:
    sue = get_user_model().objects.get(username="sue")
    match loss:
        case "ban":
            get_user_model().objects.filter(pk=sue.pk).update(is_active=False)
        case "permission":
            sue.user_permissions.clear()
        case _:
            sue.delete()
    jobs.run_due()
    mail.refresh_from_db()
    assert (mail.state, mail.error, told()) == (MailState.INTERRUPTED, error, 0)
    assert jobs.next_due() is None
    # There is a way on: stop it, and tell the others by another one.
    with pytest.raises(IncidentConflict) as caught:
        mails.tell_owners(incident, "x", actor=by(chief), once=True)
    assert caught.value.reason == "unfinished"
    assert mails.stop_mail(mail, actor=by(chief)).state is MailState.STOPPED
    mails.tell_owners(incident, "x", actor=by(chief), once=True)
    run_all()
    assert told() == 1


def test_a_command_needs_no_account(incident: Incident) -> None:
    mails.tell_owners(incident, "x", actor=Actor(name="command line (kim)"))
    run_all()
    assert told() == 1
