"""Incidents on an additional admin site: all of their pages, whose links stay on it."""

import re
from typing import Any

import pytest
from django.test import Client as Browser

from sessions_api.incidents.models import Incident
from tests.sessions_api.incidents.admin.desks import text_of

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.urls("tests.sessions_api.incidents.admin.second_site"),
]

LIST = "/answering/sessions_api_incidents/incident/"
DETAILS = {
    "name": "Thieves",
    "began_at_0": "2026-11-28",
    "began_at_1": "11:00",
    "network": "203.0.113.0/24",
}


def test_its_pages_lead_to_each_other(desk: Browser, incident: Incident) -> None:
    room = f"{LIST}{incident.pk}/"
    pages = [LIST, f"{LIST}add/"]
    pages += [f"{room}{page}/" for page in ("change", "edit", "end", "report")]
    for page in pages:
        links = re.findall(r'(?:href|action)="(/[^"]*)"', text_of(desk, page))
        assert f"{LIST}" in " ".join(links), page
        assert [link for link in links if link.startswith("/admin/")] == [], page


def test_an_incident_is_worked_on_there(desk: Browser, incident: Incident) -> None:
    room = f"{LIST}{incident.pk}/"
    form = desk.get(f"{room}end/")
    given: Any = form.context["hidden"] | {"reason": "stolen"}
    answer = desk.post(f"{room}end/", given)
    assert answer.url.startswith(f"{room}change/")
    assert desk.post(f"{room}note/", {"text": "It is curl."}).url == f"{room}change/"
    assert "It is curl." in text_of(desk, f"{room}change/")
