"""Incidents in a host whose accounts have a UUID and no username."""

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from sessions_api.incidents.models import AffectedOwner, Incident, SignOut
from sessions_api.models import UserSession
from sessions_api.notices.models import Notice
from tests.host.models import Member

pytestmark = pytest.mark.django_db

SETTINGS = {"SITE_URL": "https://club.example", "INCIDENT_APPROVAL_ABOVE": 0}


@pytest.fixture
def incident(mia: Member) -> Incident:
    """An incident about one session of mia."""
    UserSession.objects.create(
        user=mia, sid=1, name="x", expires_at=timezone.now() + timedelta(days=1)
    )
    run("open", "Stolen tokens", "--since", "2h", "--user", "mia@example.com")
    return Incident.objects.get()


def run(*args: object) -> str:
    out = StringIO()
    call_command("incident", *map(str, args), stdout=out, stderr=StringIO())
    return out.getvalue()


def test_sessions_end_and_their_owner_is_told(
    incident: Incident, mia: Member, staff: Member, settings: Any
) -> None:
    settings.SESSIONS_API = settings.SESSIONS_API | SETTINGS
    assert "user “mia@example.com”" in run("preview", incident.pk)
    why = ("--reason", "stolen", "--no-input")
    run("end", incident.pk, *why, "--as", "sam@example.com")
    waiting = SignOut.objects.get()
    assert (waiting.requested_by, UserSession.objects.count()) == (staff, 1)
    with pytest.raises(CommandError, match="does not exist, or may not"):
        run("approve", waiting.pk, "--as", "mia@example.com", "--no-input")
    Member.objects.create_user("kim@example.com", "x", is_superuser=True)
    run("approve", waiting.pk, "--as", "kim@example.com", "--no-input")
    assert not UserSession.objects.exists()
    assert AffectedOwner.objects.get().user == mia
    run("tell", incident.pk, "--no-input")
    assert Notice.objects.get(kind="incident").user == mia
    assert "kim@example.com" in run("report", incident.pk)
