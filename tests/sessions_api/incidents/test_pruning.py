"""Pruning of closed incidents."""

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from sessions_api.incidents.models import (
    AffectedOwner,
    Incident,
    Note,
    OwnersMail,
    Participation,
    SignOut,
)
from sessions_api.incidents.services import incidents, sign_outs
from tests.sessions_api.incidents.services import (
    by,
    open_one,
    run_all,
    steal,
    steal_and_end,
)

pytestmark = pytest.mark.django_db


def closed(actor: Any, **ago: float) -> Incident:
    incident = incidents.close_incident(open_one(actor), actor=actor)
    Incident.objects.filter(pk=incident.pk).update(closed_at=timezone.now() - timedelta(**ago))
    return incident


def prune() -> str:
    out = StringIO()
    call_command("prune_sessions", stdout=out)
    return out.getvalue()


def test_old_ones_go_with_all_that_belongs_to_them(ann: Any, chief: Any, settings: Any) -> None:
    settings.SESSIONS_API = settings.SESSIONS_API | {"AUDIT_RETENTION": timedelta(days=30)}
    actor = by(chief)
    incident = open_one(actor)
    incidents.add_note(incident, "It is curl.", actor=actor)
    steal_and_end(incident, ann, actor=actor)
    incidents.close_incident(incident, actor=actor)
    Incident.objects.update(closed_at=timezone.now() - timedelta(days=31))
    kept = [closed(actor, days=29), open_one(actor, began_at=timezone.now() - timedelta(days=99))]
    assert "Old incidents removed: 1\n" in prune()
    assert list(Incident.objects.order_by("pk")) == kept
    for model in (AffectedOwner, Note, SignOut):
        assert not model._base_manager.exists()
    assert Participation.objects.count() == 2


def test_without_a_retention_all_are_kept(chief: Any) -> None:
    closed(by(chief), days=9999)
    assert "incidents" not in prune()
    assert Incident.objects.count() == 1


def test_those_in_which_something_has_begun_are_kept_until_it_has_finished(
    ann: Any, chief: Any, settings: Any
) -> None:
    settings.SESSIONS_API = settings.SESSIONS_API | {
        "AUDIT_RETENTION": timedelta(days=30),
        "INCIDENT_APPROVAL_ABOVE": 0,
    }
    actor = by(chief)
    running, told, waiting = (open_one(actor) for _ in range(3))
    steal(ann)
    sign_outs.request_sign_out(running, actor=actor, reason="x", alone_because="y")
    OwnersMail.objects.create(incident=told, text="x")
    sign_outs.request_sign_out(waiting, actor=actor, reason="x")
    Incident.objects.update(closed_at=timezone.now() - timedelta(days=31))
    prune()
    assert list(Incident.objects.order_by("pk")) == [running, told]
    run_all()
    OwnersMail.objects.update(finished_at=timezone.now())
    assert "Old incidents removed: 2\n" in prune()
