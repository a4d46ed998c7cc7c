"""Changes of an incident on the timeline and in the report, in the reader's language."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client as Browser

from sessions_api.incidents.events import IncidentEvent
from sessions_api.incidents.models import Incident
from sessions_api.incidents.services import incidents
from sessions_api.services.audit import record
from sessions_api.services.session_search import SessionSearch
from tests.sessions_api.incidents.admin.desks import text_of, url
from tests.sessions_api.incidents.services import NETWORK, by

pytestmark = pytest.mark.django_db

PAGES = ("change", "report", "report-file")
#: The beginning of a search as text, which is stored in English.
ENGLISH = "Sessions that match"


@pytest.mark.parametrize("page", PAGES)
class TestWhatHasChanged:
    def test_is_told_in_the_language_of_the_page(
        self, desk: Browser, incident: Incident, staff: Any, settings: Any, page: str
    ) -> None:
        settings.LANGUAGE_CODE = "de"
        search = SessionSearch(network=NETWORK, browser="curl", users=(str(staff.pk),))
        incidents.change_incident(incident, actor=by(staff), search=search)
        line = text_of(desk, url(incident, page)).rpartition("Zeitleiste</h2>")[2]
        assert f"IP-Adresse oder Netz: <strong><bdi>{NETWORK}</bdi></strong>" in line
        assert "Benutzer: <strong><bdi>sam</bdi></strong>" in line
        assert ENGLISH not in line

    def test_is_only_what_has(
        self, desk: Browser, incident: Incident, staff: Any, page: str
    ) -> None:
        began = datetime(2026, 11, 28, 2, 10, tzinfo=ZoneInfo("UTC"))
        incidents.change_incident(incident, actor=by(staff), name="<b>Thieves", began_at=began)
        line = text_of(desk, url(incident, page)).rpartition(">Timeline</h2>")[2]
        assert "Name: <strong><bdi>&lt;b&gt;Thieves</bdi></strong>" in line
        assert "Began: <strong><bdi>2026-11-28 02:10:00 UTC</bdi></strong>" in line
        assert "network" not in line

    def test_may_be_for_everybody(
        self, desk: Browser, incident: Incident, staff: Any, page: str
    ) -> None:
        incidents.change_incident(incident, actor=by(staff), search=SessionSearch())
        line = text_of(desk, url(incident, page)).rpartition(">Timeline</h2>")[2]
        assert "Sessions: <strong><bdi>Everybody" in line

    @pytest.mark.parametrize(
        "changes", [{"criteria": {"mood": "bad"}}, {"began_at": 7}, ["name"], "name"]
    )
    def test_may_be_told_by_another_version(
        self, desk: Browser, incident: Incident, staff: Any, page: str, changes: Any
    ) -> None:
        told = {"incident": incident.pk, "changes": changes, "what": "moods <bad>"}
        record(IncidentEvent.CHANGED, by(staff), **told)
        line = text_of(desk, url(incident, page)).rpartition(">Timeline</h2>")[2]
        assert "moods &lt;bad&gt;" in line
