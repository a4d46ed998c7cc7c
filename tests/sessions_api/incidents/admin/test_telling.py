"""Telling owners from the room, and its report."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from sessions_api.incidents.models import Incident, Note, OwnersMail
from sessions_api.incidents.models.jobs import TEXT_LENGTH
from sessions_api.incidents.services import incidents, jobs
from sessions_api.models import AuditEvent
from tests.admin_paths import INDEX
from tests.browser import said
from tests.sessions_api.incidents.admin.desks import (
    ALL,
    VIEW,
    confirm_end,
    desk_of,
    do,
    text_of,
    url,
)
from tests.sessions_api.incidents.services import by, open_one
from tests.statements import statements

pytestmark = pytest.mark.django_db


@pytest.fixture
def ended(desk: Browser, incident: Incident) -> Incident:
    """The incident, after its sessions have been ended."""
    confirm_end(desk, incident)
    jobs.run_due()
    return incident


class TestTelling:
    def test_the_suggested_text_is_in_the_language_of_mails(
        self, desk: Browser, ended: Incident, settings: Any
    ) -> None:
        settings.LANGUAGE_CODE = "de"
        page = desk.get(url(ended, "tell"), headers={"Accept-Language": "en"})
        assert "haben wir Sitzungen Ihres Kontos beendet" in page.context["form"]["text"].value()
        assert "<strong>2 owners</strong>" in page.content.decode()

    def test_owners_get_one_mail_each(self, desk: Browser, ended: Incident) -> None:
        assert do(desk, ended, "tell", text="Hello.\r\n\r\nBye.") == "The owners are being told."
        room = text_of(desk, url(ended))
        assert "Mail to owners: being sent" in room
        assert "data-running" in room
        jobs.run_due()
        room = text_of(desk, url(ended))
        assert "Mail to owners: finished" in room
        assert "Told: <strong>1</strong> of 2" in room  # Bob has no address.
        assert "Not told yet: 0" in room
        page = desk.get(url(ended, "tell"), follow=True)
        assert said(page).startswith("All owners of ended sessions have been told.")
        assert do(desk, ended, "tell", text="x").startswith("All owners of ended")

    def test_twice_is_once(self, desk: Browser, ended: Incident) -> None:
        do(desk, ended, "tell", text="Hello")
        assert do(desk, ended, "tell", text="Hello").startswith("An earlier one has not finished")
        assert OwnersMail.objects.count() == 1
        assert url(ended, "tell") not in text_of(desk, url(ended))

    def test_it_is_stopped(self, desk: Browser, ended: Incident) -> None:
        do(desk, ended, "tell", text="Hello")
        page = f"mails/{OwnersMail.objects.get().pk}"
        assert do(desk, ended, page).startswith("Stopped.")
        assert do(desk, ended, page).startswith("It had finished already.")
        assert do(desk, ended, "mails/99").startswith("This no longer exists.")

    def test_without_mail_it_says_so(self, desk: Browser, ended: Incident, settings: Any) -> None:
        settings.SESSIONS_API = settings.SESSIONS_API | {"NOTICES": ["banned"]}
        text = "Owners cannot be told: this service sends no mail about incidents."
        assert text in text_of(desk, url(ended))
        assert said(desk.get(url(ended, "tell"), follow=True)) == text
        assert do(desk, ended, "tell", text="x") == text

    def test_a_text_is_required(self, desk: Browser, ended: Incident) -> None:
        for text in (" ", "x" * 4001, "a\0"):
            page = desk.post(url(ended, "tell"), {"text": text})
            assert list(page.context["form"].errors) == ["text"]
        assert not OwnersMail.objects.exists()

    def test_a_line_break_is_one_character(self, desk: Browser, ended: Incident) -> None:
        text = "x\r\n" * (TEXT_LENGTH // 2 - 1) + "xx"
        assert do(desk, ended, "tell", text=text) == "The owners are being told."
        assert OwnersMail.objects.get().text == text.replace("\r\n", "\n")

    def test_a_closed_incident_tells_nobody(self, desk: Browser, ended: Incident) -> None:
        do(desk, ended, "close")
        page = desk.get(url(ended, "tell"), follow=True)
        assert said(page).startswith("This incident is closed.")
        assert do(desk, ended, "tell", text="x").startswith("This incident is closed.")

    def test_it_takes_the_permission(self, helper: Any, ended: Incident) -> None:
        browser = desk_of(helper, *VIEW)
        for send in (browser.get, browser.post):
            assert send(url(ended, "tell"), {"text": "x"}).status_code == 403


class TestTheReport:
    def test_is_a_file_without_anything_else(self, desk: Browser, ended: Incident) -> None:
        do(desk, ended, "note", text="It is <curl>.")
        shown = text_of(desk, url(ended, "report"))
        answer = desk.get(url(ended, "report-file"))
        disposition = rf'attachment; filename="incident-{ended.pk}-\d{{8}}T\d{{6}}Z\.html"'
        assert re.fullmatch(disposition, answer["Content-Disposition"])
        text = answer.content.decode()
        assert text.startswith("<!DOCTYPE html>")
        assert not re.search(r"(src|href)=|@import|url\(|<script|<form", text)
        text = " ".join(text.split())
        for part in (
            "Stolen tokens",
            "203.0.113.0/24",
            "It is &lt;curl&gt;.",
            "Ended sessions: <strong>3</strong>",
            "Owners not told: <strong>2</strong>",
            "<bdi>sam</bdi>",
        ):
            assert part in shown
            assert part in text
        # On paper, "just now" would not be true for long.
        assert "ago" not in re.sub(r"<[^>]*>", "", text)

    def test_is_audited(self, desk: Browser, ended: Incident, helper: Any) -> None:
        text_of(desk, url(ended, "report"))
        assert not AuditEvent.objects.filter(kind="incident_reported").exists()
        assert desk_of(helper, *VIEW).get(url(ended, "report-file")).status_code == 200
        event = AuditEvent.objects.get(kind="incident_reported")
        assert (event.actor_name, event.detail["incident"]) == ("hal", ended.pk)

    def test_is_refused_to_who_is_banned_meanwhile(
        self, desk: Browser, ended: Incident, staff: Any
    ) -> None:
        def ban(execute: Any, sql: str, *arguments: Any) -> Any:
            """Ban Sam once the incident is read, which is after his permissions are checked."""
            found = execute(sql, *arguments)
            if 'FROM "sessions_api_incidents_incident"' in sql:
                type(staff).objects.filter(pk=staff.pk).update(is_active=False)
            return found

        with connection.execute_wrapper(ban):
            assert desk.get(url(ended, "report-file")).status_code == 403
        assert not AuditEvent.objects.filter(kind="incident_reported").exists()

    def test_has_ten_thousand_entries_in_few_queries(self, desk: Browser, ended: Incident) -> None:
        now = timezone.now()
        Note.objects.bulk_create(
            Note(incident=ended, actor_name="sam", text=f"note {number}.", at=now)
            for number in range(10_500)
        )
        with CaptureQueriesContext(connection) as captured:
            text = text_of(desk, url(ended, "report"))
        assert len(statements(captured)) == 19
        assert text.count("note ") == 10_000
        assert "The newest 10,000 entries." in text
        assert "The newest 200 entries. The report has more." in text_of(desk, url(ended))


class TestTheFrontPage:
    def test_open_incidents_are_above_everything(
        self, desk: Browser, incident: Incident, staff: Any
    ) -> None:
        page = text_of(desk, INDEX)
        marks = ["Open incidents", f'href="{url(incident)}"', 'role="search"']
        places = [page.index(mark) for mark in marks]
        assert places == sorted(places)
        assert "began <time" in page
        incidents.close_incident(incident, actor=by(staff))
        assert "Open incidents" not in text_of(desk, INDEX)

    def test_of_many_the_newest_are_shown(self, desk: Browser, staff: Any) -> None:
        for number in range(12):
            began = timezone.now() - timedelta(hours=number)
            open_one(by(staff), began_at=began)
        page = text_of(desk, INDEX)
        assert page.count(" began <time") == 10
        assert "2 more" in page

    @pytest.mark.parametrize(
        ("held", "sees", "opens"),
        [
            ((), False, False),
            (("add_incident",), False, False),
            (("change_incident",), False, False),
            (VIEW, True, False),
            ((*VIEW, "add_incident"), True, True),
            (ALL, True, True),
        ],
    )
    def test_they_are_for_those_who_may(
        self, incident: Incident, helper: Any, held: tuple[str, ...], sees: bool, opens: bool
    ) -> None:
        browser = desk_of(helper, *(held or ("view_user",)))
        page = text_of(browser, INDEX)
        assert ("Open incidents" in page) is sees
        assert ("Open an incident" in page) is opens
