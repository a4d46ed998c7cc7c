"""What the room shows of sign-outs and mails: where, with which buttons, and in which words."""

import re
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.template.loader import render_to_string
from django.test import Client as Browser
from django.utils import timezone

from sessions_api.conf import api_settings
from sessions_api.incidents.models import Incident, SignOut
from sessions_api.incidents.services import incidents, jobs, mails, sign_outs
from sessions_api.incidents.services.incidents import change_incident
from sessions_api.models import AuditEvent, SessionKind, UserSession
from sessions_api.services.session_search import SessionSearch
from tests.sessions_api.incidents.admin.desks import (
    VIEW,
    confirm_end,
    desk_of,
    do,
    text_of,
    url,
)
from tests.sessions_api.incidents.services import by, run_all, steal_and_end

pytestmark = pytest.mark.django_db

OWN_LOGIN = "Your own login to this console is among these sessions."


def needs_approval(settings: Any) -> None:
    settings.SESSIONS_API = settings.SESSIONS_API | {"INCIDENT_APPROVAL_ABOVE": 1}


@pytest.fixture
def waiting(incident: Incident, staff: Any, settings: Any) -> SignOut:
    needs_approval(settings)
    return sign_outs.request_sign_out(incident, actor=by(staff), reason="stolen")


def main_of(page: str) -> str:
    return page.partition("<main")[2].partition("</main>")[0]


def withdrawn(context: dict[str, Any]) -> str:
    """Render the sign-outs, and return what is said of who withdrew."""
    page = render_to_string("admin/sessions_api_incidents/work.html", context)
    return " ".join(page.split()).partition("Withdrawn by")[2]


def console_is_in_the_network() -> None:
    UserSession.objects.filter(SessionKind.CONSOLE.condition).update(address="203.0.113.50")


def deeds_of(page: str) -> set[str]:
    """Return the names of the buttons with which sign-outs are decided about."""
    return set(re.findall(r'name="(approve|decline|resume|stop)"', page))


class TestThePlace:
    def is_first(self, browser: Browser, incident: Incident) -> bool:
        room = text_of(browser, url(incident))
        places = [room.index(f'id="{one}"') for one in ("work", "following", "preview")]
        assert room.count('id="work"') == room.count('id="following"') == 1
        assert places[0] < places[1]
        headings = re.findall(r"<h([1-6])", main_of(room))
        assert headings[0] == "1"
        assert {"1", "2"} <= set(headings) <= {"1", "2", "3"}
        return places[1] < places[2]

    def test_while_nothing_has_begun(self, desk: Browser, incident: Incident) -> None:
        assert not self.is_first(desk, incident)

    def test_while_one_waits(self, desk: Browser, waiting: SignOut, staff: Any) -> None:
        assert self.is_first(desk, waiting.incident)
        sign_outs.decline(waiting, actor=by(staff))
        assert not self.is_first(desk, waiting.incident)

    def test_while_one_runs(self, desk: Browser, incident: Incident) -> None:
        confirm_end(desk, incident)
        assert self.is_first(desk, incident)
        run_all()
        assert not self.is_first(desk, incident)

    def test_while_one_is_interrupted(
        self, desk: Browser, other_desk: Browser, incident: Incident, staff: Any
    ) -> None:
        confirm_end(desk, incident)
        get_user_model().objects.filter(pk=staff.pk).update(is_active=False)
        jobs.run_due()
        assert self.is_first(other_desk, incident)

    def test_of_one_that_has_not_finished_is_before_that_of_others(
        self, desk: Browser, waiting: SignOut, staff: Any
    ) -> None:
        later = sign_outs.request_sign_out(waiting.incident, actor=by(staff), reason="later")
        sign_outs.decline(later, actor=by(staff))
        shown = desk.get(url(waiting.incident)).context_data["sign_outs"]
        assert [one.row for one in shown] == [waiting, later]

    @pytest.mark.usefixtures("_mail")
    def test_while_owners_are_told(
        self, desk: Browser, incident: Incident, staff: Any, ann: Any
    ) -> None:
        ann.email = "ann@example.com"
        ann.save()
        steal_and_end(incident, ann, actor=by(staff))
        assert not self.is_first(desk, incident)
        mails.tell_owners(incident, "Hello", actor=by(staff))
        assert self.is_first(desk, incident)
        run_all()
        assert not self.is_first(desk, incident)


def test_one_that_ends_while_the_room_is_drawn_is_followed(
    desk: Browser, incident: Incident
) -> None:
    confirm_end(desk, incident)
    read: list[str] = []

    def end_once_read(execute: Any, sql: str, *rest: Any) -> Any:
        answer = execute(sql, *rest)
        if sql.startswith('SELECT "sessions_api_incidents_signout"') and not read:
            read.append(sql)
            SignOut.objects.update(finished_at=timezone.now(), due_at=None, ended=3)
        return answer

    with connection.execute_wrapper(end_once_read):
        room = text_of(desk, url(incident))
    # What was read first says that it runs, so that the script asks again.
    assert "data-running" in room
    assert "data-running" not in text_of(desk, url(incident))


class TestDeclining:
    def test_a_reason_may_be_given(self, other_desk: Browser, waiting: SignOut) -> None:
        room = text_of(other_desk, url(waiting.incident))
        label = f'<label for="reason-{waiting.pk}">Why you decline it (optional):</label>'
        assert f'{label} <input type="text" name="reason" id="reason-{waiting.pk}"' in room
        # The Enter key in the field must not press another button.
        form = room.partition(label)[0].rpartition("<form")[2] + room.partition(label)[2]
        assert deeds_of(form.partition("</form>")[0]) == {"decline"}
        path = f"sign-outs/{waiting.pk}"
        said = do(other_desk, waiting.incident, path, decline="", reason="too\nmany <i>")
        assert said == "Declined. Nothing was ended."
        event = AuditEvent.objects.get(kind="incident_declined")
        assert event.detail["reason"] == "too many <i>"

    def test_the_reason_is_shown_where_it_is_kept(
        self, other_desk: Browser, waiting: SignOut, staff: Any
    ) -> None:
        sign_outs.decline(waiting, actor=by(staff))
        context = other_desk.get(url(waiting.incident)).context_data
        assert "sam</bdi> (<time" in withdrawn(context)
        assert "</time>). Reason:" not in withdrawn(context)
        vars(context["sign_outs"][0].row)["declined_because"] = "too many <i>"
        assert "</time>). Reason: <bdi>too many &lt;i&gt;</bdi>" in withdrawn(context)

    def test_so_may_one_for_withdrawing(self, desk: Browser, waiting: SignOut) -> None:
        assert "Why you withdraw it (optional):" in text_of(desk, url(waiting.incident))
        path = f"sign-outs/{waiting.pk}"
        said = do(desk, waiting.incident, path, decline="", reason="x" * 900)
        assert said == "Withdrawn. Nothing was ended."
        event = AuditEvent.objects.get(kind="incident_withdrawn")
        assert event.detail["reason"] == "x" * 500


class TestTheOwnLogin:
    @pytest.fixture(autouse=True)
    def _console_sessions(self, settings: Any) -> None:
        settings.SESSIONS_API = settings.SESSIONS_API | {"CONSOLE_SESSIONS": True}
        assert api_settings().CONSOLE_SESSIONS

    def test_is_named_before_it_ends(self, desk: Browser, incident: Incident, staff: Any) -> None:
        assert OWN_LOGIN not in text_of(desk, url(incident, "end"))
        console_is_in_the_network()
        assert OWN_LOGIN in text_of(desk, url(incident, "end"))
        change_incident(incident, actor=by(staff), search=SessionSearch())
        assert OWN_LOGIN in text_of(desk, url(incident, "end"))
        change_incident(incident, actor=by(staff), search=SessionSearch(browser="curl"))
        assert OWN_LOGIN not in text_of(desk, url(incident, "end"))

    def test_is_named_to_who_approves(
        self, desk: Browser, other_desk: Browser, waiting: SignOut, staff: Any
    ) -> None:
        console_is_in_the_network()
        change_incident(waiting.incident, actor=by(staff), search=SessionSearch(browser="curl"))
        waiting.incident.refresh_from_db()
        sign_outs.request_sign_out(waiting.incident, actor=by(staff), reason="x")
        room = text_of(other_desk, url(waiting.incident))
        assert room.count(OWN_LOGIN) == 1
        assert f'id="own-login-{waiting.pk}"' in room
        assert room.count(f'aria-describedby="own-login-{waiting.pk}"') == 1
        # The one who has requested it was told before.
        assert OWN_LOGIN not in text_of(desk, url(waiting.incident))

    def test_is_not_named_where_it_is_spared(self, roots_desk: Browser, waiting: SignOut) -> None:
        console_is_in_the_network()
        assert OWN_LOGIN not in text_of(roots_desk, url(waiting.incident))

    def test_is_named_to_who_resumes(
        self, desk: Browser, other_desk: Browser, incident: Incident, staff: Any, make_user: Any
    ) -> None:
        console_is_in_the_network()
        confirm_end(desk, incident)
        get_user_model().objects.filter(pk=staff.pk).update(is_active=False)
        jobs.run_due()
        assert OWN_LOGIN in text_of(other_desk, url(incident))
        # A sign-out ends no session that is newer.
        newer = desk_of(make_user("new", is_staff=True))
        console_is_in_the_network()
        assert OWN_LOGIN not in text_of(newer, url(incident))

    def test_takes_a_query_for_all(
        self, other_desk: Browser, waiting: SignOut, staff: Any, django_assert_num_queries: Any
    ) -> None:
        console_is_in_the_network()
        path = url(waiting.incident, "progress")
        other_desk.get(path)
        with django_assert_num_queries(11):
            assert OWN_LOGIN in text_of(other_desk, path)
        change_incident(waiting.incident, actor=by(staff), search=SessionSearch())
        waiting.incident.refresh_from_db()
        sign_outs.request_sign_out(waiting.incident, actor=by(staff), reason="x")
        with django_assert_num_queries(11):
            assert text_of(other_desk, path).count(OWN_LOGIN) == 2


class TestWhatIsMissingIsExplained:
    def test_to_who_may_only_view(self, helper: Any, waiting: SignOut) -> None:
        page = main_of(text_of(desk_of(helper, *VIEW), url(waiting.incident)))
        assert "To take part, you need the permission to change incidents." in page
        assert "How many match is shown to those who may view sessions." in page
        assert "Somebody who may end sessions has to approve or decline it." in page
        assert deeds_of(page) == set()

    def test_to_who_may_not_end_sessions(self, helper: Any, waiting: SignOut) -> None:
        browser = desk_of(helper, *VIEW, "change_incident", "view_usersession")
        page = main_of(text_of(browser, url(waiting.incident)))
        assert "You do not have the permission to end sessions." in page
        assert "you need the permission to change incidents" not in page
        assert "How many match" not in page
        assert deeds_of(page) == set()

    def test_to_whoever_has_requested_it_and_may_no_longer(
        self, staff: Any, waiting: SignOut
    ) -> None:
        staff.user_permissions.clear()
        page = main_of(text_of(desk_of(staff, *VIEW, "change_incident"), url(waiting.incident)))
        assert "You may no longer end sessions, so you cannot withdraw it" in page
        assert deeds_of(page) == set()

    def test_why_one_cannot_be_approved_in_a_closed_incident(
        self, other_desk: Browser, waiting: SignOut, staff: Any
    ) -> None:
        text = "This incident is closed. Reopen it to approve this."
        assert text not in text_of(other_desk, url(waiting.incident))
        incidents.close_incident(waiting.incident, actor=by(staff))
        page = text_of(other_desk, url(waiting.incident))
        assert text in page
        assert deeds_of(page) == {"decline"}

    def test_why_one_cannot_be_resumed(
        self, desk: Browser, roots_desk: Browser, incident: Incident, root: Any
    ) -> None:
        confirm_end(roots_desk, incident)
        get_user_model().objects.filter(pk=root.pk).update(is_active=False)
        jobs.run_due()
        page = text_of(desk, url(incident))
        assert "so only a superuser can resume it." in page
        assert deeds_of(page) == {"stop"}


@pytest.mark.parametrize(
    "held",
    [
        VIEW,
        (*VIEW, "view_usersession", "view_killswitch", "view_auditevent"),
        (*VIEW, "delete_usersession", "change_killswitch"),
        (*VIEW, "change_incident"),
        (*VIEW, "change_incident", "delete_usersession"),
    ],
)
def test_nothing_leads_to_a_refusal(
    waiting: SignOut, helper: Any, staff: Any, held: tuple[str, ...]
) -> None:
    incident = waiting.incident
    change_incident(incident, actor=by(staff), search=SessionSearch(network="192.0.2.0/24"))
    browser = desk_of(helper, *held)
    pages = [text_of(browser, url(incident))]
    incidents.close_incident(incident, actor=by(staff))
    pages.append(text_of(browser, url(incident)))
    found = set(re.findall(r'(href|action)="(/admin/[^"]*)"', "".join(map(main_of, pages))))
    assert ("href", url(incident, "report")) in found
    for kind, path in found:
        target = path.replace("&amp;", "&")
        answer = browser.get(target) if kind == "href" else browser.post(target, {})
        assert answer.status_code in (200, 302), path


def test_texts(desk: Browser, incident: Incident, staff: Any) -> None:
    room = text_of(desk, url(incident))
    assert "Open</strong>. It began" in room
    confirm_end(desk, incident)
    jobs.run_due()
    room = text_of(desk, url(incident))
    assert "of 3.</p>" in room
    assert ">Open the report</a>" in room
    browser = desk_of(staff, *VIEW, "view_bulksignout")
    row = SignOut.objects.get()
    link = (
        f'/admin/sessions_api/bulksignout/{row.bulk_sign_out_id}/change/">Open this bulk sign-out<'
    )
    assert link in text_of(browser, url(incident))
