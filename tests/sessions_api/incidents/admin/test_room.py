"""The list of incidents and the room: what they show to whom, and their queries."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from killswitches.registry import registry
from killswitches.services import set_switch
from sessions_api.incidents.models import Incident, Note, Participation, SignOut
from sessions_api.incidents.services import incidents, jobs, sign_outs
from sessions_api.incidents.services.newest import SHOWN
from sessions_api.services.bans import set_banned
from sessions_api.services.session_search import SessionSearch
from tests.admin_paths import INCIDENTS, SWITCHES, USERS
from tests.browser import said
from tests.chromium.hostile_texts import HOSTILE
from tests.sessions_api.incidents.admin.desks import (
    VIEW,
    confirm_end,
    desk_of,
    do,
    text_of,
    url,
)
from tests.sessions_api.incidents.services import by, open_one, run_all, steal
from tests.statements import statements

pytestmark = pytest.mark.django_db

#: The queries of the room, and of the part that a script asks for.
ROOM, PART = 25, 9
DEEDS = ("note", "join", "leave", "close", "reopen", "sign-outs/1", "mails/1", "edit", "tell")


def queries_of(browser: Browser, path: str) -> int:
    """Return the number of queries of a page, without PostgreSQL's estimates."""
    browser.get(path)
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(path).status_code == 200
    # PostgreSQL is asked for its estimates.
    return len([one for one in statements(captured) if not one.startswith("EXPLAIN")])


class TestTheList:
    def test_open_ones_come_first(self, desk: Browser, incident: Incident, staff: Any) -> None:
        closed = open_one(by(staff), SessionSearch(browser="x"))
        incidents.close_incident(closed, actor=by(staff))
        confirm_end(desk, incident)
        jobs.run_due()
        rows = re.findall(r"<tr>.*?</tr>", text_of(desk, INCIDENTS).partition("<tbody>")[2])
        assert [url(incident) in rows[0], url(closed) in rows[1]] == [True, True]
        assert "<strong>open</strong>" in rows[0]
        assert '<td class="field-ended">3</td>' in rows[0]
        assert "closed" in rows[1]
        assert f'href="{INCIDENTS}add/"' in text_of(desk, INCIDENTS)

    def test_more_rows_take_no_more_queries(
        self, staff: Any, incident: Incident, desk: Browser
    ) -> None:
        few = queries_of(desk, INCIDENTS)
        for number in range(5):
            open_one(by(staff), SessionSearch(browser=str(number)))
        assert queries_of(desk, INCIDENTS) == few == 9

    @pytest.mark.parametrize("held", ["add_incident", "change_incident", "view_usersession"])
    def test_it_takes_the_permission_to_view(
        self, staff: Any, incident: Incident, held: str
    ) -> None:
        browser = desk_of(staff, held)
        for path in (INCIDENTS, url(incident), url(incident, "report"), url(incident, "progress")):
            assert browser.get(path).status_code == 403


class TestTheRoom:
    def test_more_users_in_the_filter_take_no_more_queries(
        self, staff: Any, desk: Browser, make_user: Any
    ) -> None:
        users = [make_user(f"user-{number}") for number in range(5)]
        keys = [str(one.pk) for one in users]
        few, many = (
            open_one(by(staff), SessionSearch(users=(*some,))) for some in (keys[:1], keys)
        )
        assert queries_of(desk, url(many)) == queries_of(desk, url(few))
        assert "user-0, user-1, user-2, user-3, user-4" in text_of(desk, url(many))

    def test_more_sign_outs_of_users_take_no_more_queries(
        self, staff: Any, desk: Browser, make_user: Any
    ) -> None:
        users = [make_user(f"user-{number}") for number in range(4)]
        incident = open_one(by(staff), SessionSearch(users=(str(users[0].pk),)))
        pages = [url(incident, page) for page in ("change", "progress", "report")]
        counts = []
        for user in users:
            steal(user)
            search = SessionSearch(users=(str(user.pk),))
            incident = incidents.change_incident(incident, actor=by(staff), search=search)
            sign_outs.request_sign_out(incident, actor=by(staff), reason="x")
            run_all()
            counts.append([queries_of(desk, page) for page in pages])
        # The first one is the incident's own filter, which nobody has changed.
        assert counts[1:] == [counts[1]] * (len(users) - 1)
        for page in pages:
            text = text_of(desk, page)
            assert all(f"Users: <strong><bdi>{one.username}</bdi>" in text for one in users)

    def test_who_joined_before_those_who_are_shown_can_leave(
        self, desk: Browser, incident: Incident, staff: Any
    ) -> None:
        now = timezone.now()
        Participation.objects.bulk_create(
            Participation(incident=incident, actor_name=str(number), since=now)
            for number in range(SHOWN)
        )
        room = text_of(desk, url(incident))
        assert "<bdi>sam</bdi>" not in room.partition("Working on it:")[2].partition("</p>")[0]
        assert ('value="Leave"' in room, 'value="Join"' in room) == (True, False)
        assert do(desk, incident, "leave").startswith("You have left.")
        assert 'value="Join"' in text_of(desk, url(incident))

    def test_who_may_only_view_sees_it_and_can_do_nothing(
        self, helper: Any, incident: Incident
    ) -> None:
        browser = desk_of(helper, *VIEW)
        page = text_of(browser, url(incident))
        main = page.partition("<main")[2].partition("</main>")[0]
        assert "<form" not in main
        assert "203.0.113.0/24" in main
        # How many sessions there are takes the permission to view sessions.
        assert "active sessions match" not in main
        assert "only_network" not in main
        for deed in DEEDS:
            assert browser.post(url(incident, deed), {"text": "x"}).status_code == 403
        assert not Note.objects.exists()
        incident.refresh_from_db()
        assert incident.is_open

    def test_links_are_for_those_who_may_view_the_pages(
        self, staff: Any, helper: Any, incident: Incident, ann: Any
    ) -> None:
        set_banned(ann, True, actor=by(staff), reason="thief")
        set_switch(registry.by_number(4), True, actor=staff, reason="stop them")
        page = text_of(desk_of(staff), url(incident))
        timeline = page.partition('id="timeline"')[2]
        assert f'<a href="{USERS}{ann.pk}/change/">ann</a>' in timeline
        assert f'<a href="{SWITCHES}4/change/">Open this kill switch<span' in timeline
        # Each says of what.
        assert ">Details<span" in timeline
        about = re.findall(r'visually-hidden"> \((.+?), <time', timeline)
        assert {"Banned", "Kill switch turned on"} <= set(about)
        page = text_of(desk_of(helper, *VIEW), url(incident))
        timeline = page.partition('id="timeline"')[2].partition("</section>")[0]
        assert "ann" in timeline
        assert "<a " not in timeline

    def test_hostile_texts_are_escaped(self, desk: Browser, staff: Any) -> None:
        hostile = HOSTILE["elements"] + HOSTILE["quotes"]
        incident = open_one(by(staff), SessionSearch(location="<i>x</i>"))
        Incident.objects.update(name=hostile, opened_by_name=hostile)
        Participation.objects.update(actor_name=hostile)
        incidents.add_note(incident, hostile, actor=by(staff))
        sign_outs.request_sign_out(incident, actor=by(staff), reason=hostile)
        SignOut.objects.update(requested_by_name=hostile, error=hostile)
        pages = ("change", "edit", "report", "report-file", "progress")
        paths = [INCIDENTS, "/admin/", *(url(incident, page) for page in pages)]
        for path in paths:
            page = desk.get(path).content.decode()
            assert "<i>x" not in page
            assert "<script>alert" not in page
            assert "<img src=x" not in page

    def test_queries(self, desk: Browser, incident: Incident, staff: Any, ann: Any) -> None:
        confirm_end(desk, incident)
        room, part = queries_of(desk, url(incident)), queries_of(desk, url(incident, "progress"))
        for number in range(5):
            incidents.add_note(incident, str(number), actor=by(staff))
        jobs.run_due()
        steal(ann, 2)
        confirm_end(desk, incident)
        assert queries_of(desk, url(incident)) == room == ROOM
        assert queries_of(desk, url(incident, "progress")) == part == PART

    def test_an_incident_that_is_gone_leads_to_the_front(self, desk: Browser) -> None:
        for key in ("99", "x", "9" * 30):
            for page in ("change", "edit", "report", "report-file", "end", "tell"):
                answer = desk.get(f"{INCIDENTS}{key}/{page}/")
                assert (answer.status_code, answer["Location"]) == (302, "/admin/")
            assert desk.get(f"{INCIDENTS}{key}/progress/").status_code == 404
        assert desk.post(f"{INCIDENTS}99/close/")["Location"] == "/admin/"

    def test_it_is_only_read_at_its_own_url(self, desk: Browser, incident: Incident) -> None:
        assert desk.post(url(incident), {"name": "x"}).status_code == 405
        assert desk.get(f"{INCIDENTS}{incident.pk}/delete/").status_code == 403


class TestDeeds:
    def test_a_link_does_nothing(self, desk: Browser, incident: Incident) -> None:
        for deed in ("note", "join", "leave", "close", "reopen", "sign-outs/1", "mails/1"):
            page = desk.get(url(incident, deed), follow=True)
            assert page.redirect_chain == [(url(incident), 302)]
            assert said(page).startswith("Nothing was changed.")
        incident.refresh_from_db()
        assert incident.is_open

    def test_a_note_is_written_once(self, desk: Browser, incident: Incident) -> None:
        assert do(desk, incident, "note", text="It is curl.\n\nReally.") == "Wrote the note."
        do(desk, incident, "note", text="It is curl.\n\nReally.")
        do(desk, incident, "note", text="Something else")
        assert Note.objects.count() == 2
        assert "It is curl. Really." in text_of(desk, url(incident))

    def test_a_note_that_is_refused_is_not_lost(self, desk: Browser, incident: Incident) -> None:
        for text, said_there in ((" ", "This field is required."), ("x" * 2001, "Ensure")):
            answer = desk.post(url(incident, "note"), {"text": text})
            page = answer.content.decode()
            assert (answer.status_code, Note.objects.count()) == (200, 0)
            assert said_there in page.partition("Write a note")[2]
            assert text.strip() in page.partition("<textarea")[2].partition("</textarea>")[0]
            assert page.count("Please correct the errors below.") == 1
        incidents.close_incident(incident, actor=by(incident.opened_by))
        page = desk.post(url(incident, "note"), {"text": " "}).content.decode()
        assert "This incident is closed. Nothing was changed." in page

    def test_a_line_break_is_one_character(self, desk: Browser, incident: Incident) -> None:
        text = "x\r\n" * 999 + "xx"
        assert do(desk, incident, "note", text=text) == "Wrote the note."
        assert Note.objects.get().text == text.replace("\r\n", "\n")

    def test_taking_part(self, desk: Browser, other_desk: Browser, incident: Incident) -> None:
        assert "Taking part: <bdi>sam</bdi></p>" in text_of(desk, url(incident))
        for _ in range(2):
            assert do(other_desk, incident, "join").startswith("You have joined.")
        assert Participation.objects.filter(until=None).count() == 2
        assert "<bdi>sam</bdi>, <bdi>lee</bdi></p>" in text_of(desk, url(incident))
        assert do(other_desk, incident, "leave").startswith("You have left.")
        assert "Taking part: <bdi>sam</bdi></p>" in text_of(desk, url(incident))

    @pytest.mark.parametrize("deed", ["note", "join"])
    def test_which_one_is_left_is_said(
        self, desk: Browser, incident: Incident, root: Any, deed: str
    ) -> None:
        other = open_one(by(root), SessionSearch(browser="x"))
        left = f"You have left “{incident.name} ({incident.pk})”, since everybody takes part"
        assert "since everybody" not in do(desk, incident, deed, text="x")
        assert left in do(desk, other, deed, text="x")
        assert "since everybody" not in do(desk, other, deed, text="y")
        assert "since everybody" not in do(desk, other, "leave")

    def test_who_opens_another_one_is_told_so(self, desk: Browser, incident: Incident) -> None:
        posted = {"name": "Another", "began_at": timezone.now().isoformat(), "browser": "x"}
        answer = desk.post(f"{INCIDENTS}add/", posted, follow=True)
        assert f"You have left “{incident.name} ({incident.pk})”" in said(answer)

    def test_a_closed_one_refuses_until_it_is_reopened(
        self, desk: Browser, incident: Incident
    ) -> None:
        assert do(desk, incident, "close") == "Closed."
        page = text_of(desk, url(incident))
        assert "Closed by <bdi>sam</bdi>" in page
        assert "Write a note" not in page
        for deed in ("note", "join", "close"):
            assert do(desk, incident, deed, text="x").startswith("This incident is closed.")
        assert do(desk, incident, "reopen") == "Reopened."
        assert do(desk, incident, "note", text="x") == "Wrote the note."

    def test_a_permission_that_is_lost_meanwhile_counts(
        self, desk: Browser, incident: Incident, staff: Any
    ) -> None:
        staff.user_permissions.clear()
        assert desk.post(url(incident, "close")).status_code == 403
