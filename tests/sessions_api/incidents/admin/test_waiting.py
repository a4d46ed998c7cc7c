"""What the console shows of sign-outs that wait for a second person, outside of their room."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from sessions_api.incidents.models import Incident, SignOut
from sessions_api.incidents.services import incidents, sign_outs
from sessions_api.services.session_search import SessionSearch
from tests.admin_paths import EVENTS, INCIDENTS, INDEX, SWITCHES
from tests.sessions_api.incidents.admin.desks import VIEW, desk_of, text_of, url
from tests.sessions_api.incidents.services import by, open_one, steal
from tests.statements import statements

pytestmark = pytest.mark.django_db

TITLE = "Sign-outs that wait for a second person"
BANNER = "A sign-out waits for a second person"
#: What it takes to decide about one.
NEEDED = ("view_incident", "change_incident", "delete_usersession")


@pytest.fixture(autouse=True)
def _above_one(settings: Any) -> None:
    settings.SESSIONS_API = settings.SESSIONS_API | {"INCIDENT_APPROVAL_ABOVE": 1}


@pytest.fixture
def waiting(incident: Incident, staff: Any) -> SignOut:
    return sign_outs.request_sign_out(incident, actor=by(staff), reason="<b>stolen")


def room_of(sign_out: SignOut) -> str:
    return f'href="{url(sign_out.incident)}#sign-out-{sign_out.pk}"'


def banner_of(browser: Browser) -> str:
    return (
        text_of(browser, EVENTS).partition('class="errornote" role="status"')[2].split("</div>")[0]
    )


def reads_of(browser: Browser, path: str) -> int:
    """Return how many queries of a page read sign-outs."""
    browser.get(path)
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(path).status_code == 200
    return sum('FROM "sessions_api_incidents_signout"' in one for one in statements(captured))


class TestTheFrontPage:
    def test_shows_them_above_the_open_incidents(
        self, other_desk: Browser, waiting: SignOut
    ) -> None:
        page = text_of(other_desk, INDEX)
        marks = [TITLE, room_of(waiting), "Requested by <bdi>sam</bdi> (<time", "Open incidents"]
        places = [page.index(mark) for mark in marks]
        assert places == sorted(places)
        assert BANNER not in page

    def test_until_they_are_decided_or_the_incident_is_closed(
        self, other_desk: Browser, incident: Incident, waiting: SignOut, staff: Any
    ) -> None:
        incidents.close_incident(incident, actor=by(staff))
        assert TITLE not in text_of(other_desk, INDEX)
        incidents.reopen_incident(incident, actor=by(staff))
        assert TITLE in text_of(other_desk, INDEX)
        sign_outs.decline(waiting, actor=by(staff))
        assert TITLE not in text_of(other_desk, INDEX)

    def test_of_many_the_newest(self, other_desk: Browser, ann: Any, bob: Any, staff: Any) -> None:
        for number in range(12):
            browser = str(number)
            for user in (ann, bob):
                steal(user, browser=browser)
            one = open_one(by(staff), SessionSearch(browser=browser))
            sign_outs.request_sign_out(one, actor=by(staff), reason="x")
        section = text_of(other_desk, INDEX).partition(TITLE)[2].partition("</section>")[0]
        assert section.count("Requested by") == 10
        assert f'<a href="{INCIDENTS}">2 more</a>' in section

    def test_takes_a_query(self, other_desk: Browser, incident: Incident, waiting: SignOut) -> None:
        assert reads_of(other_desk, INDEX) == 1


@pytest.mark.parametrize("missing", [None, *NEEDED])
def test_they_are_for_those_who_may_decide(
    helper: Any, waiting: SignOut, missing: str | None
) -> None:
    held = [one for one in (*NEEDED, "view_usersession", "view_auditevent") if one != missing]
    browser = desk_of(helper, *held)
    assert (TITLE in text_of(browser, INDEX)) is (missing is None)
    assert (BANNER in text_of(browser, EVENTS)) is (missing is None)


class TestTheBanner:
    def test_leads_to_the_room(self, other_desk: Browser, waiting: SignOut) -> None:
        for path in (SWITCHES, EVENTS, INCIDENTS):
            page = text_of(other_desk, path)
            assert BANNER in page
            assert f"<a {room_of(waiting)}>View, approve or decline" in page
            assert "Reason: <bdi>&lt;b&gt;stolen</bdi>" in page
        sign_outs.decline(waiting, actor=by(waiting.requested_by))
        assert BANNER not in text_of(other_desk, EVENTS)

    @pytest.mark.urls("tests.sessions_api.incidents.admin.support_site")
    def test_is_not_on_an_admin_site_without_incidents(
        self, other_desk: Browser, waiting: SignOut
    ) -> None:
        for path in ("", "sessions_api/auditevent/", "sessions_api/usersession/"):
            page = text_of(other_desk, f"/support/{path}")
            assert (BANNER in page, TITLE in page) == (False, False)
        assert f"<a {room_of(waiting)}>View, approve or decline" in text_of(other_desk, EVENTS)

    def test_says_how_many_wait_and_where_the_others_are(
        self, other_desk: Browser, ann: Any, bob: Any, staff: Any
    ) -> None:
        for number in range(7):
            for user in (ann, bob):
                steal(user, browser=str(number))
            one = open_one(by(staff), SessionSearch(browser=str(number)))
            sign_outs.request_sign_out(one, actor=by(staff), reason="x")
            banner = banner_of(other_desk)
            if number == 1:
                assert "2 sign-outs wait for a second person" in banner
                assert " more</a>" not in banner
        assert "7 sign-outs wait for a second person" in banner
        assert banner.count("Requested by") == 5
        assert f'<a href="{INCIDENTS}">2 more</a>' in banner

    def test_offers_requesters_to_withdraw(
        self, desk: Browser, other_desk: Browser, waiting: SignOut
    ) -> None:
        assert "View or withdraw" in banner_of(desk)
        assert "approve" not in banner_of(desk)
        assert "withdraw" not in banner_of(other_desk)

    def test_takes_a_query_where_sign_outs_can_wait(
        self, other_desk: Browser, staff: Any, waiting: SignOut, settings: Any
    ) -> None:
        assert reads_of(other_desk, EVENTS) == 1
        assert reads_of(desk_of(staff, *VIEW, "view_auditevent"), EVENTS) == 0
        settings.SESSIONS_API = settings.SESSIONS_API | {"INCIDENT_APPROVAL_ABOVE": None}
        assert reads_of(other_desk, EVENTS) == 0

    def test_is_not_for_who_is_logged_out(self, client: Browser, waiting: SignOut) -> None:
        assert BANNER not in client.get(EVENTS, follow=True).content.decode()


def test_two_of_the_same_name_are_told_apart(
    other_desk: Browser, incident: Incident, waiting: SignOut, staff: Any
) -> None:
    twin = open_one(by(staff), SessionSearch(browser="x"))
    assert twin.name == incident.name
    for one in (incident, twin):
        assert f">{one.name} ({one.pk})<" in text_of(other_desk, INDEX)
        assert f"<bdi>{one.name}</bdi> ({one.pk})</a>" in text_of(other_desk, INCIDENTS)
        assert f"<h1><bdi>{one.name}</bdi> ({one.pk})</h1>" in text_of(other_desk, url(one))
    assert f"<bdi>{incident.name}</bdi> ({incident.pk}): Requested" in banner_of(other_desk)


def test_the_list_of_incidents_says_so(
    desk: Browser, incident: Incident, staff: Any, helper: Any, root: Any
) -> None:
    open_one(by(staff), SessionSearch(browser="x"))
    assert "waiting for approval" not in text_of(desk, INCIDENTS)
    waiting = sign_outs.request_sign_out(incident, actor=by(staff), reason="x")
    browser = desk_of(helper, *VIEW)
    assert text_of(browser, INCIDENTS).count("<strong>open, waiting for approval</strong>") == 1
    sign_outs.approve(waiting, actor=by(root))
    assert "waiting for approval" not in text_of(browser, INCIDENTS)
